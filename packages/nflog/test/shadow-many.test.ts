import { udp } from '@nfkit/ip-codec/build'
import { openQueue } from '@nfkit/nfqueue'
import { SimulatedKernel } from '@nfkit/simulator'
import { expect, test } from 'vitest'
import { type Judgeable, openLog, Shadow } from '../src/index.ts'

/** Packets in all, and how many are on their way at once. */
const count = Number(process.env['NFKIT_SHADOW_PACKETS'] ?? 50_000)
const together = 500
/** A packet may take ten milliseconds on the slowest machine. */
const timeout = 60_000 + 10 * count

/** Where the two policies stand on each port: they differ on two of seven. */
const live = (port: number) => (port % 7 === 3 ? 'drop' : 'accept')
const shadowed = (port: number) => (port % 7 === 6 ? 'drop' : 'accept')

const portOf = (id: number) => 1_000 + (id % 50_000)

test(`of ${count} packets the differences are the true ones, and each is told once`, { timeout }, async () => {
  const kernel = new SimulatedKernel()
  kernel.rules.add({ hook: 'input', log: { group: 5, threshold: 50 }, queue: 0 })
  await using queue = await openQueue(kernel.connect(), { number: 0, conntrack: 'off', onUnjudged: 'accept' })
  await using log = await openLog(kernel.connect(), { group: 5, conntrack: 'off', flushMilliseconds: 10 })
  const shadow = new Shadow((packet: Judgeable) => shadowed(packet.ip!.destinationPort!), {
    patienceMilliseconds: Number.POSITIVE_INFINITY,
    limit: 2 * count,
  })
  const told = new Uint8Array(count)
  shadow.on('difference', ({ packet }) => {
    const payload = packet.ip!.payload
    told[new DataView(payload.buffer, payload.byteOffset).getUint32(8)]!++
  })
  queue.observe(shadow.judged)
  shadow.follow(log)
  queue.run((packet) => live(packet.ip!.destinationPort!))
  const template = udp('192.0.2.1:4000 > 198.51.100.2:1000', { payload: new Uint8Array(4) })
  for (let from = 0; from < count; from += together) {
    const packets = Array.from({ length: Math.min(together, count - from) }, (_, i) => {
      const bytes = template.slice()
      const view = new DataView(bytes.buffer)
      view.setUint16(22, portOf(from + i))
      view.setUint32(28, from + i)
      return bytes
    })
    await Promise.all(packets.map((bytes) => kernel.deliver(bytes)))
  }
  await expect.poll(() => shadow.report().waiting, { timeout }).toBe(0)

  const differs = Array.from({ length: count }, (_, id) => live(portOf(id)) !== shadowed(portOf(id)))
  expect(shadow.report()).toEqual({
    compared: count,
    different: differs.filter(Boolean).length,
    kinds: expect.anything(),
    withoutCopy: 0,
    withoutVerdict: 0,
    ambiguous: 0,
    failed: 0,
    waiting: 0,
  })
  expect(shadow.report().kinds).toEqual({
    'drop → accept': Array.from({ length: count }, (_, id) => portOf(id)).filter((port) => port % 7 === 3).length,
    'accept → drop': Array.from({ length: count }, (_, id) => portOf(id)).filter((port) => port % 7 === 6).length,
  })
  expect(told.findIndex((times, id) => times !== (differs[id] ? 1 : 0))).toBe(-1)
})
