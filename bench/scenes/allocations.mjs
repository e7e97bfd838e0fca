import { allocations } from '../one-packet.mjs'
import { options } from '../options.mjs'
import { queueLoad } from '../rules.mjs'

/** Packets before, and packets that count. */
const counts = options.smoke ? [2_000, 1_000] : [50_000, 20_000]

const contestant = (name, what) => ({ name, ours: true, what })

/** A function that makes an object for a packet runs for most of them, and one that makes it for a burst for few. */
const isOfPacket = ({ objects }) => objects > 0.5

/** From a heap profile that samples every single allocation, the handler's included. */
export const allocated = {
  name: 'allocations',
  title: 'what is allocated for a packet that is accepted, by what its handler reads',
  reference: 'id, mark and length',
  contestants: [
    contestant('id, mark and length', 'plain'),
    contestant('the same and payload', 'payload'),
    contestant('the same and ip', 'ip'),
    contestant('the same, ip and udp', 'udp'),
  ],
  metrics: [
    { key: 'bytes', title: 'bytes' },
    { key: 'objects', title: 'objects' },
    { key: 'sharedBytes', title: 'of a burst, for each of its packets: bytes', ratio: false },
    { key: 'shared', title: 'objects', ratio: false },
  ],
  prepare: queueLoad,
  async sample({ what }) {
    const functions = await allocations(what, counts)
    const sum = (of, key) => of.reduce((all, one) => all + one[key], 0)
    const own = functions.filter(isOfPacket)
    const shared = functions.filter((one) => !isOfPacket(one))
    return {
      bytes: sum(own, 'bytes'),
      objects: sum(own, 'objects'),
      sharedBytes: sum(shared, 'bytes'),
      shared: sum(shared, 'objects'),
    }
  },
}
