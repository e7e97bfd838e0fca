/** The items that come until a signal aborts; the next one is then no longer waited for. */
export function untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => iteratorUntil(items[Symbol.asyncIterator](), signal) }
}

const end: IteratorReturnResult<undefined> = { done: true, value: undefined }

function iteratorUntil<T>(iterator: AsyncIterator<T>, signal: AbortSignal): AsyncIterator<T> {
  let stop = () => {}
  signal.addEventListener('abort', () => stop(), { once: true })
  return {
    next: () =>
      new Promise((resolve, reject) => {
        stop = () => resolve(end)
        if (signal.aborted) stop()
        else iterator.next().then(resolve, reject)
      }),
    async return() {
      return end
    },
  }
}
