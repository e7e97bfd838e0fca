/** A clock and its timers, handed in: `kernel.clock` of the simulator is one, and `systemClock` the machine's. */
export interface TrackerClock {
  /** Milliseconds since some moment; never back. */
  readonly uptime: number
  /** Run something once, `milliseconds` from now; the result cancels it. */
  after(milliseconds: number, run: () => void): () => void
}

let moment: number | undefined

/** The clock of the machine. It is read once in a run of code: the packets of a burst come at one moment. */
export const systemClock: TrackerClock = {
  get uptime() {
    if (moment === undefined) {
      moment = performance.now()
      queueMicrotask(() => {
        moment = undefined
      })
    }
    return moment
  },
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds)
    return () => clearTimeout(timer)
  },
}
