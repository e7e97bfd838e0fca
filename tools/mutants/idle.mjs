/** How often to look, in milliseconds. */
const pause = 250

/**
 * Calls `run` once this process has had nothing to do for so many seconds since now: what it does waits for what will never come. Unlike time,
 * that does not pass while others have the processor. Returns a function that takes it back.
 */
export function whenIdle(seconds, run) {
  const since = performance.eventLoopUtilization()
  const timer = setInterval(() => {
    if (performance.eventLoopUtilization(since).idle < 1000 * seconds) return
    clearInterval(timer)
    run()
  }, pause)
  return () => clearInterval(timer)
}
