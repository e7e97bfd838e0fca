import { asynchronous, byHand, classic, floor, ideal, idealLoop, percall, sync } from '../contestants.mjs'
import { generate } from '../generator.mjs'
import { options } from '../options.mjs'
import { queueLoad } from '../rules.mjs'
import { saturate, underLoad } from './under-load.mjs'

const pauseMicroseconds = 50

/** One packet at a time, from the sender through the queue to the receiver. */
export const pingpong = {
  name: 'pingpong',
  title: 'one packet at a time',
  reference: floor.name,
  contestants: [percall, classic, ideal, idealLoop, floor, byHand('sync'), sync, asynchronous],
  metrics: [
    { key: 'p50', title: 'median µs' },
    { key: 'p99', title: '99 % µs' },
  ],
  prepare: queueLoad,
  async sample(contestant) {
    const load = (count) => generate('pingpong', 64, [count, pauseMicroseconds])
    const count = Math.round(options.duration * 4_000)
    const { counts, refused, overrun } = await underLoad(contestant, saturate, () => load(count))
    return { p50: counts.p50, p99: counts.p99, lost: refused + overrun }
  },
  wrong: ({ lost }) => (lost > 0 ? `${lost} packets were lost` : undefined),
}
