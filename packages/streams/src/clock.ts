/** A clock and its timers, handed in: `kernel.clock` of the simulator is one, and `systemClock` the machine's. */
export interface TrackerClock {
  /** Milliseconds since some moment; never back. */
  readonly uptime: number
  /** Run something once, `milliseconds` from now; the result cancels it. */
  after(milliseconds: number, run: () => void): () => void
}

/** The clock of the machine. */
export const systemClock: TrackerClock = {
  get uptime() {
    return performance.now()
  },
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds)
    return () => clearTimeout(timer)
  },
}
