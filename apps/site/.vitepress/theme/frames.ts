/** A frame that has nothing to scroll is no stop of the keyboard. */
export function watchFrames(): void {
  const settle = () => {
    for (const frame of document.querySelectorAll<HTMLElement>('.frame')) {
      if (frame.scrollWidth > frame.clientWidth) frame.tabIndex = 0
      else frame.removeAttribute('tabindex')
    }
  }
  new ResizeObserver(settle).observe(document.body)
}
