/** The longest delay a timer takes: after a longer one it fires at once. */
const longestMilliseconds = 0x7fff_ffff

/** Call `tick` every so many seconds, never for 0 and `Infinity`; returns what ends it. Keeps no process alive. */
export function every(seconds: number, tick: () => void): () => void {
  const period = 1_000 * seconds
  let timer: NodeJS.Timeout | undefined
  const wait = (left: number): void => {
    const step = Math.min(left, longestMilliseconds)
    timer = setTimeout(() => {
      if (left === step) tick()
      wait(left === step ? period : left - step)
    }, step).unref()
  }
  if (period > 0 && period !== Number.POSITIVE_INFINITY) wait(period)
  return () => clearTimeout(timer)
}
