/** Turns of the event loop that are left to read what has arrived. */
const graceTurns = 16

/**
 * Call `late` after so many milliseconds, never after `Infinity`; returns what prevents it. Where the event loop was busy for so long, timers come before what
 * arrived meanwhile, so that is read first.
 */
export function deadline(milliseconds: number, late: () => void): () => void {
  if (milliseconds === Number.POSITIVE_INFINITY) return () => {}
  let stopped = false
  const turn = (left: number): void => {
    if (stopped) return
    if (left > 0) setImmediate(turn, left - 1)
    else late()
  }
  const timer = setTimeout(turn, milliseconds, graceTurns)
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
