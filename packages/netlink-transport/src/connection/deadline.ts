import { nextTurn } from '../memory/turn.ts'

/** Turns of the event loop that are left to read what has arrived. */
const graceTurns = 16

/**
 * Call `late` after so many milliseconds, never after `Infinity`; returns a function that prevents the call. After a long pause timers
 * fire before sockets are read. Wait 16 turns, so that an answer that has arrived is seen.
 */
export function deadline(milliseconds: number, late: () => void): () => void {
  if (milliseconds === Number.POSITIVE_INFINITY) return () => {}
  let stopped = false
  const turn = (left: number): void => {
    if (stopped) return
    if (left > 0) nextTurn(() => turn(left - 1))
    else late()
  }
  const timer = setTimeout(turn, milliseconds, graceTurns)
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
