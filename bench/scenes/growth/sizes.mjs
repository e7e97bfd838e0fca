import { ideal, sync } from '../../contestants.mjs'
import { options } from '../../options.mjs'
import { queueLoad } from '../../rules.mjs'
import { lossless, saturation } from '../saturated.mjs'
import { along } from './along.mjs'

/** The socket holds all that are on their way, however large. */
const buffer = ['buffer=67108864', 'receiveBuffer=67108864']
const [c, node] = [ideal, sync].map(({ argv }, i) => () => ({ argv: [...argv, buffer[i]] }))

/** Packets as large as they come. */
export const sizes = {
  name: 'growth-sizes',
  title: 'a packet, by its bytes',
  axis: 'bytes of a packet',
  reference: 'node at 64',
  contestants: along(
    options.smoke ? [64, 60_000] : [64, 256, 1_400, 4_096, 16_384, 60_000],
    { name: 'node', ours: true, of: node },
    { name: 'c-mmsg', of: c },
  ),
  metrics: [{ key: 'cpu', title: 'CPU µs a packet', scale: 1e-3 }],
  prepare: queueLoad,
  sample: (contestant) => saturation(contestant, { size: contestant.at }),
  wrong: lossless,
}
