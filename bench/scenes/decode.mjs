import { setTimeout as sleep } from 'node:timers/promises'
import { queueNumber } from '../contestants.mjs'
import { generate } from '../generator.mjs'
import { options } from '../options.mjs'
import { consumerCpu, Running } from '../process.mjs'
import { folder, program, script } from '../programs.mjs'
import { queueLoad } from '../rules.mjs'
import { median } from '../statistics.mjs'
import { table } from './dump.mjs'

const capture = { packets: `${folder}/packets.bin`, flows: `${folder}/flows.bin` }
const repeats = options.smoke ? 2 : 5
/** Messages that lie a KiB apart: more than a processor's own caches hold, and its table of pages. */
const cold = options.smoke ? 4_000 : 16_000

/** Decoding alone, of messages captured before: no system calls. */
const decode = (what, title, prepare) => {
  const c = { name: 'c', argv: [program('decode'), what, capture[what], String(repeats), String(cold)] }
  const node = {
    name: 'node',
    argv: [process.execPath, script('decode'), what, capture[what], String(repeats), String(cold)],
  }
  return {
    name: `decode-${what}`,
    title,
    reference: c.name,
    contestants: [c, node],
    metrics: [
      { key: 'hand', title: 'by hand ns', ratio: false },
      { key: 'libmnl', title: 'libmnl ns', ratio: false },
      { key: 'object', title: 'object ns', ratio: false },
      { key: 'read', title: 'object, all read ns', ratio: false },
      { key: 'handCold', title: 'not in a cache: by hand ns', ratio: false },
      { key: 'libmnlCold', title: 'libmnl ns', ratio: false },
      { key: 'objectCold', title: 'object ns', ratio: false },
      { key: 'readCold', title: 'object, all read ns', ratio: false },
    ],
    prepare,
    async sample({ argv }) {
      const said = await new Running(argv).finish()
      return Object.fromEntries(Object.entries(said).map(([key, v]) => [key, Array.isArray(v) ? median(v) : v]))
    },
  }
}

/** A file of queued packets, captured once. */
export async function capturePackets() {
  queueLoad()
  const consumer = new Running([
    program('consumer'),
    'capture',
    String(queueNumber),
    `out=${capture.packets}`,
    'count=64',
  ])
  await consumer.bound(queueNumber)
  await generate('send', 64, [64])
  await consumer.finish(10)
  await sleep(50)
  return capture.packets
}

export const packets = decode('packets', 'decoding a queued packet of 64 bytes', capturePackets)

export const flows = decode('flows', 'decoding a connection of a dump', async () => {
  table.fill()
  const { namespace } = table
  await new Running([program('dump'), 'save', capture.flows], { namespace, cpus: consumerCpu }).finish()
})
