import { queueNumber } from '../contestants.mjs'
import { generate } from '../generator.mjs'
import { options } from '../options.mjs'
import { Running } from '../process.mjs'
import { script } from '../programs.mjs'
import { queueLoad } from '../rules.mjs'

const counts = options.smoke ? [2_000, 1_000] : [50_000, 20_000]
const seconds = 3

/** What is allocated for a packet, by function: bytes and objects of each. */
export async function allocations(what) {
  const consumer = new Running([
    process.execPath,
    script('allocations'),
    String(queueNumber),
    what,
    ...counts.map(String),
  ])
  await consumer.bound(queueNumber)
  const load = generate('window', 64, [seconds, 64], { gso: true })
  const { functions } = await consumer.finish()
  await load
  return functions
}

const contestant = (name, what) => ({ name, ours: true, what })

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
  ],
  prepare: queueLoad,
  async sample({ what }) {
    const functions = await allocations(what)
    const sum = (key) => functions.reduce((all, one) => all + one[key], 0)
    return { bytes: sum('bytes'), objects: sum('objects') }
  },
}
