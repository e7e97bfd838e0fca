const pauseMilliseconds = 20
const room = 2 ** 15

/**
 * A line of packets that wait for their verdict: `turn` resolves when `count` have come after, or when none comes for a while. `paused` is called each time it was
 * looked whether one came.
 */
export function lineOf(count, paused = () => {}) {
  /** What lets packets go that wait, oldest first. */
  const waiting = new Array(room)
  let oldest = 0
  let newest = 0
  let seen = 0
  const release = () => {
    const at = oldest++ % room
    const resolve = waiting[at]
    waiting[at] = undefined
    resolve()
  }
  setInterval(() => {
    if (newest === seen) while (oldest < newest) release()
    seen = newest
    paused()
  }, pauseMilliseconds)
  const turn = () =>
    new Promise((resolve) => {
      waiting[newest++ % room] = resolve
      if (newest - oldest > count) release()
    })
  return { turn, room }
}
