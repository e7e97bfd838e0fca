import { byHand, classic, floor, ideal, idealLoop, percall, sync } from '../contestants.mjs'
import { generate } from '../generator.mjs'
import { inTurns } from './in-turns.mjs'
import { saturate } from './under-load.mjs'

const perSecond = 20_000
const load = (seconds, where) => generate('rate', 64, [seconds, perSecond], where)

/** Packets one by one, far below the limit: what a wake-up costs. */
export const rate = {
  name: 'rate',
  title: '20,000 packets/s, 64 bytes',
  reference: floor.name,
  contestants: [percall, classic, ideal, idealLoop, floor, byHand('sync'), sync],
  metrics: [{ key: 'cpu', title: 'CPU µs a packet', scale: 1e-3 }],
  round: (contestants) =>
    inTurns(contestants, {
      // Packets one by one are compiled for, too, for longer: there are few of them. Some 70,000 come before V8 has collected everything for the first time.
      async warm(_, seconds, where) {
        await saturate(seconds, where)
        await load(3 * seconds, where)
      },
      load: (_, seconds, where) => load(seconds, where),
      // In one go: at this rate V8 needs two seconds to go through the memory that it took back.
      seconds: 0.8,
      runUp: 2.5,
      sampleOf: ({ counts, change, refused, overrun }) => ({
        cpu: change.cpu / counts.received,
        lost: refused + overrun,
      }),
    }),
  wrong: ({ lost }) => (lost > 0 ? `${lost} packets were lost` : undefined),
}
