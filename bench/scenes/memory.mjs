import { queueNumber } from '../contestants.mjs'
import { generate } from '../generator.mjs'
import { options } from '../options.mjs'
import { Running } from '../process.mjs'
import { script } from '../programs.mjs'
import { queueLoad } from '../rules.mjs'
import { median } from '../statistics.mjs'

/**
 * What a sender may choose: so many packets of `size` bytes that wait, and before each of them `each` of `other` bytes that do not. `around` is how often
 * 62 of `other` bytes come before them all, or after.
 */
const pattern = (name, size, count, each = 0, other = size, around = {}) => ({
  name,
  ours: true,
  ...{ size, count, each, other, around },
})
/** So many large ones, 62 at a time, have been everywhere in the memory that packets are received into. */
const flood = options.smoke ? 1 : 5

const few = 4
const many = options.smoke ? 100 : 8_000
const large = options.smoke ? 20 : 400
/** As long as a packet can be, and the kernel's. */
const longest = 60_000

/** Bytes that are held for a packet while it waits for its verdict: what the process has more than before, when as many were judged at once. */
export const memory = {
  name: 'memory',
  title: 'bytes held for a packet that waits, by what comes beside it',
  reference: 'small',
  contestants: [
    pattern('small', 64, many),
    pattern('of 1,400 bytes', 1_400, many),
    pattern('large', longest, large),
    pattern('small, one of each burst', 64, many, 63, 65),
    pattern('small beside large', 64, many, 4, longest),
    pattern('large beside small', longest, large, 63, 64),
    pattern('four small, one of each burst', 64, few, 63, 65),
    pattern('four small beside large', 64, few, 62, longest),
    pattern('four small after large', 64, few, 0, longest, { before: flood }),
    pattern('four small before large', 64, few, 0, longest, { after: flood }),
    pattern('four of 1,400 bytes after large', 1_400, few, 0, longest, { before: flood }),
    pattern('four of 1,400 bytes before large', 1_400, few, 0, longest, { after: flood }),
  ],
  metrics: [
    { key: 'held', title: 'bytes each', ratio: false },
    { key: 'heap', title: 'of V8’s heap', ratio: false },
    { key: 'beside', title: 'and beside', ratio: false },
    { key: 'share', title: '÷ (2 × length + 1 KiB)', ratio: false },
    { key: 'all', title: 'MB of all', scale: 1e-6, ratio: false },
    { key: 'once', title: 'kB that packets lie in, the first time', scale: 1e-3, ratio: false },
    { key: 'resident', title: 'resident MB more', scale: 1e-6, ratio: false },
  ],
  prepare: queueLoad,
  async sample({ size, count, each, other, around }) {
    // Of few it is what packets lie in, and the median of several times: the rest of a process differs by more from one time to the next.
    const pairs = count > few ? 1 : options.smoke ? 2 : 8
    const words = [queueNumber, size, count, pairs, 'maxLength=16384', 'deadlineMilliseconds=60000'].map(String)
    const consumer = new Running([process.execPath, '--expose-gc', script('keep'), ...words])
    try {
      await consumer.bound(queueNumber)
      const floods = (often = 0) => often > 0 && generate('groups', other, [often, other, 61])
      for (let phase = 1; phase <= 2 * pairs; phase++) {
        await floods(around.before)
        await generate('groups', size, [count, other, each])
        await floods(around.after)
        await consumer.printed(`measured ${phase}`)
      }
      const { held: all, lost } = await consumer.stop()
      const more = (key) => median(all.map((one) => one[key]))
      const held = more(count > few ? 'held' : 'buffers') / count
      return {
        held,
        heap: more('heap') / count,
        beside: more('beside') / count,
        share: held / (2 * size + 1024),
        all: more('held'),
        once: all[0].buffers,
        resident: more('resident'),
        lost,
      }
    } finally {
      if (consumer.alive) await consumer.stop()
    }
  },
  wrong: ({ lost }) => (lost > 0 ? `${lost} packets were lost` : undefined),
}
