import { byHand, queueNumber } from '../../contestants.mjs'
import { options } from '../../options.mjs'
import { program, script } from '../../programs.mjs'
import { lossless, saturatedInTurns } from '../saturated.mjs'
import { along } from './along.mjs'

/** More than wait. */
const room = 16_384
/** On their way besides those that wait: enough for full bursts at every step, whose size else depends on how long a packet takes. */
const outstanding = 256
/** Long beside what it takes until they all wait. */
const seconds = 0.4

const node = (at) => ({
  argv: [process.execPath, script('wait'), String(queueNumber), String(at), `maxLength=${room}`],
})
const c = (at) => ({
  argv: [program('consumer'), 'mmsg', String(queueNumber), `waiting=${at}`, `maxlen=${room}`, 'buffer=67108864'],
})

/** Each packet is judged when so many came after it, as a slow handler does. */
export const waiting = {
  name: 'growth-waiting',
  title: 'a packet, by how many wait for their verdict meanwhile',
  axis: 'packets that wait',
  reference: 'node at 1',
  contestants: along(
    options.smoke ? [1, 256] : [1, 16, 256, 2_048, 8_192],
    { name: 'node', ours: true, of: node },
    { name: 'node, by hand', of: (at) => ({ argv: byHand('wait', at).argv }) },
    { name: 'node, by hand, kept', of: (at) => ({ argv: byHand('keep', at).argv }) },
    { name: 'c-mmsg', of: c },
  ),
  metrics: [
    { key: 'cpu', title: 'CPU µs a packet', scale: 1e-3 },
    { key: 'resident', title: 'resident MB', scale: 1e-6, ratio: false },
  ],
  round: (contestants) => saturatedInTurns(contestants, { size: 64, awayOf: ({ at }) => at + outstanding, seconds }),
  wrong: lossless,
}
