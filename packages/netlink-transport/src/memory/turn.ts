/** In browsers a timer of 0 takes milliseconds; a message of a channel does not. */
function byMessages(): (next: () => void) => void {
  const { port1, port2 } = new MessageChannel()
  const waiting: (() => void)[] = []
  Object.assign(port1, { onmessage: () => waiting.shift()?.() })
  return (next) => {
    waiting.push(next)
    port2.postMessage(undefined)
  }
}

/**
 * Call `next` in a later turn of the event loop, after what has arrived was read where the platform can say so. Chosen when the module
 * is loaded, so that timers a test replaces later do not hold it up.
 */
export const nextTurn: (next: () => void) => void =
  globalThis.setImmediate ?? (globalThis.MessageChannel ? byMessages() : globalThis.setTimeout)

const node = globalThis.process as typeof globalThis.process | undefined

/**
 * Call `next` when the microtasks are done, in this turn of the event loop still; in browsers, which cannot tell when that is, in a later turn.
 * Chosen when the module is loaded, too.
 */
export const afterMicrotasks: (next: () => void) => void = node?.nextTick?.bind(node) ?? nextTurn
