import { closeSync, openSync, readSync } from 'node:fs'

const resolution = 2
/** Microseconds a turn takes at least in which something happened. */
const busy = 20

/**
 * Time every turn of the event loop, in microseconds, until stopped; the first `ignored` busy ones do not count. An immediate that is always pending keeps the loop from
 * sleeping: between two of them lies one turn of receiving. What the thread waited for a processor meanwhile is not the turn's.
 */
export function busyTurns(ignored = 0) {
  const schedstat = openSync('/proc/thread-self/schedstat')
  const text = Buffer.alloc(96)
  // Nanoseconds on a processor, nanoseconds waiting for one, times on one.
  const waited = () =>
    Number(text.toString('latin1', 0, readSync(schedstat, text, 0, text.length, 0)).split(' ')[1]) / 1e3
  const bins = new Uint32Array(50_000)
  let turns = 0
  let longest = 0
  let before = waited()
  let began = performance.now()
  let pending = setImmediate(turn)

  function turn() {
    const now = performance.now()
    const after = waited()
    const took = (now - began) * 1e3 - (after - before)
    if (took >= busy) turns++
    if (turns > ignored) {
      bins[Math.min(bins.length - 1, Math.max(0, Math.floor(took / resolution)))]++
      longest = Math.max(longest, took)
    }
    before = after
    began = performance.now()
    pending = setImmediate(turn)
  }

  return {
    stop() {
      clearImmediate(pending)
      closeSync(schedstat)
      return { turns, longest, ...quantiles(bins) }
    },
  }
}

/** Of the turns in which something happened. */
function quantiles(bins) {
  const counted = bins.slice(busy / resolution)
  const all = counted.reduce((sum, n) => sum + n, 0)
  const at = (q) => {
    let seen = 0
    return (
      busy +
      resolution *
        counted.findIndex((n) => {
          seen += n
          return seen >= all * q
        })
    )
  }
  return { p50: at(0.5), p999: at(0.999) }
}
