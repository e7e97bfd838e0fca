import { nextTurn } from '../memory/turn.ts'

/** Turns of the event loop that are left to read what has arrived. */
const graceTurns = 16

/**
 * Call `late` after so many milliseconds, never after `Infinity`; returns a function that prevents the call. After a long pause timers
 * fire before sockets are read. Wait 16 turns, so that an answer that has arrived is seen.
 */
export function deadline(milliseconds: number, late: () => void): () => void {
  const patience = new Patience(milliseconds, late)
  patience.begin()
  return () => patience.stop()
}

/** The same for many waits one after another: one timer for all of them, for one each would cost as much as what is waited for. */
export class Patience {
  readonly #milliseconds: number
  readonly #late: () => void
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Which wait it is; 0 while nobody waits. */
  #wait = 0
  #waits = 0

  /** `late` hears of a wait that takes longer than this. */
  constructor(milliseconds: number, late: () => void) {
    this.#milliseconds = milliseconds
    this.#late = late
  }

  /** Somebody waits from now on. */
  begin(): void {
    this.#wait = ++this.#waits
    if (this.#milliseconds === Number.POSITIVE_INFINITY) return
    if (isRefreshable(this.#timer)) {
      this.#timer.refresh()
      return
    }
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#fired(), this.#milliseconds)
  }

  /** What was waited for has come, or nobody wants it any more. */
  end(): void {
    this.#wait = 0
  }

  /** There will be no other wait. */
  stop(): void {
    this.end()
    clearTimeout(this.#timer)
  }

  #fired(): void {
    if (this.#wait > 0) this.#giveGrace(this.#wait, graceTurns)
  }

  #giveGrace(wait: number, turns: number): void {
    if (this.#wait !== wait) return
    if (turns > 0) nextTurn(() => this.#giveGrace(wait, turns - 1))
    else this.#late()
  }
}

/** In browsers a timer is a number. */
const isRefreshable = (timer: unknown): timer is NodeJS.Timeout => typeof timer === 'object'
