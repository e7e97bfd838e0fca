import {
  asynchronous,
  bare,
  batching,
  byHand,
  classic,
  floor,
  ideal,
  idealBatch,
  idealLoop,
  idealRewrite,
  iterating,
  percall,
  rewriting,
  sync,
} from '../contestants.mjs'
import { options } from '../options.mjs'
import { inTurns } from './in-turns.mjs'
import { saturate, underLoad } from './under-load.mjs'

/** A closed loop with as many packets on their way as the consumer can take: lossless, and the consumer never rests. */
export const saturated = (size) => ({
  name: `saturated-${size}`,
  title: `saturated, ${size} bytes, lossless`,
  reference: ideal.name,
  contestants: [
    percall,
    classic,
    ideal,
    idealBatch,
    idealLoop,
    floor,
    bare,
    sync,
    batching,
    asynchronous,
    iterating,
    rewriting,
    idealRewrite,
    ...['sync', 'async', 'loop', 'rewrite'].map((how) => byHand(how)),
  ],
  metrics: [
    { key: 'cpu', title: 'CPU µs a packet', scale: 1e-3 },
    { key: 'rate', title: '1,000 packets/s', scale: 1e-3 },
    { key: 'resident', title: 'resident MB', scale: 1e-6, ratio: false },
    { key: 'growth', title: 'growth MB', scale: 1e-6, ratio: false },
  ],
  round: (contestants) => saturatedInTurns(contestants, { size }),
  wrong: lossless,
})

export const lossless = ({ lost }) => (lost > 0 ? `${lost} packets were lost` : undefined)

const sampleOf = ({ counts, change, resident, refused, overrun }) => ({
  cpu: change.cpu / counts.received,
  rate: counts.received / (counts.nanoseconds / 1e9),
  resident,
  growth: change.resident,
  lost: refused + overrun,
})

/** A sample of a contestant that never rests. */
export async function saturation(contestant, way) {
  const load = (seconds) => saturate(seconds, way)
  return sampleOf(await underLoad(contestant, load, () => load(options.duration)))
}

/** Those of a round in turns; `away` is said of each contestant. */
export function saturatedInTurns(contestants, { size, awayOf = () => undefined, seconds }) {
  const load = (contestant, seconds, where) => saturate(seconds, { size, away: awayOf(contestant), ...where })
  return inTurns(contestants, { warm: load, load, sampleOf, seconds })
}
