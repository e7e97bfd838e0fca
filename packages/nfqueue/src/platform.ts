/** What Node has and browsers lack. Found when the module is loaded; nothing here is imported from Node, so that a queue is judged anywhere. */
const node = globalThis.process as typeof globalThis.process | undefined

/** A timer that does not hold up the end of the program; in browsers, where it is a number, none does. */
export function idle(timer: NodeJS.Timeout): NodeJS.Timeout {
  if (typeof timer === 'object') timer.unref()
  return timer
}

/** Waits so many milliseconds, without holding up the end of the program where that `isIdle`. */
export function sleep(milliseconds: number, isIdle = false): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    if (isIdle) idle(timer)
  })
}

/** Runs something at the end of this turn of the event loop, microtasks included; in browsers as the next of these. */
export const atTurnEnd: (run: () => void) => void = node?.nextTick ? (run) => node.nextTick(run) : queueMicrotask

/** A value as its programmer wants to see it: an error with its stack. */
export function inspected(value: unknown): string {
  const inspect = node?.getBuiltinModule?.('node:util')?.inspect
  if (inspect) return inspect(value)
  return value instanceof Error ? (value.stack ?? `${value}`) : String(value)
}

/** Warns who runs the program. */
export function warn(text: string, { type, code, detail }: { type: string; code: string; detail?: string }): void {
  if (node?.emitWarning) node.emitWarning(text, detail === undefined ? { type, code } : { type, code, detail })
  else console.warn(...[`${type}: ${text}`, detail].filter((part) => part !== undefined))
}

/** Have nobody give this memory away (`postMessage`, `structuredClone`): several packets lie in it. */
export const markAsUntransferable: (memory: ArrayBuffer) => void =
  node?.getBuiltinModule?.('node:worker_threads')?.markAsUntransferable ?? (() => {})
