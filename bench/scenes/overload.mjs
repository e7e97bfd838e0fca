import { byHand, classic, floor, ideal, percall, sync } from '../contestants.mjs'
import { generate } from '../generator.mjs'
import { options } from '../options.mjs'
import { accepted, queueLoad } from '../rules.mjs'
import { underLoad } from './under-load.mjs'

/** An open loop faster than any consumer: how many packets still pass. */
export const overload = {
  name: 'overload',
  title: 'overload, 64 bytes: as many packets as can be sent',
  reference: ideal.name,
  contestants: [percall, classic, ideal, floor, byHand('sync'), sync],
  metrics: [
    { key: 'rate', title: '1,000 accepted/s', scale: 1e-3 },
    { key: 'offered', title: '1,000 offered/s', scale: 1e-3, ratio: false },
  ],
  prepare: queueLoad,
  async sample(contestant) {
    const load = (seconds) => generate('blast', 64, [seconds], { gso: true })
    const { counts, change } = await underLoad(
      contestant,
      load,
      () => load(options.duration),
      () => ({ accepted: accepted() }),
    )
    const seconds = counts.nanoseconds / 1e9
    return { rate: change.accepted / seconds, offered: counts.sent / seconds }
  },
}
