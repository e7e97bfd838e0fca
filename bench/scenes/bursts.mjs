import { smallBuffer, sync } from '../contestants.mjs'
import { generate } from '../generator.mjs'
import { options } from '../options.mjs'
import { queueLoad } from '../rules.mjs'
import { underLoad } from './under-load.mjs'

/**
 * Longer than the queue, or than the socket's buffer: some packets of every burst are lost, and each loss is counted. Not sent as
 * super-packets: of those the kernel counts the first segment it cannot queue, and frees the rest (nfqnl_enqueue_packet).
 */
const lengths = { [sync.name]: 12_000, [smallBuffer.name]: 2_000 }

export const bursts = {
  name: 'bursts',
  title: 'bursts beyond queue and buffer, each followed by a packet that must arrive',
  reference: sync.name,
  contestants: [sync, smallBuffer],
  metrics: [
    { key: 'bursts', title: 'bursts', ratio: false },
    { key: 'survived', title: 'survived', ratio: false },
    { key: 'refused', title: 'refused by the queue', ratio: false },
    { key: 'overrun', title: 'lost at the socket', ratio: false },
    { key: 'told', title: 'told by stats()', ratio: false },
    { key: 'unaccounted', title: 'in no counter', ratio: false },
  ],
  prepare: queueLoad,
  async sample(contestant) {
    const load = () => generate('bursts', 64, [options.bursts, lengths[contestant.name]])
    const { counts, refused, overrun, said } = await underLoad(contestant, async () => {}, load)
    return {
      bursts: options.bursts,
      survived: counts.survived,
      refused,
      overrun,
      told: said.lost,
      unaccounted: counts.sent - counts.received - refused - overrun,
    }
  },
  wrong: ({ survived, unaccounted, overrun, told }) => {
    if (survived !== options.bursts) return `silent after ${survived} of ${options.bursts} bursts`
    if (unaccounted !== 0) return `${unaccounted} packets in no counter`
    return told === overrun
      ? undefined
      : `stats() tells of ${told} packets lost at the socket, the kernel of ${overrun}`
  },
}
