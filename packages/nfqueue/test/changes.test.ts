import { tcp, udp } from '@nfkit/ip-codec/build'
import { status } from '@nfkit/netlink-codec/conntrack'
import { SimulatedKernel } from '@nfkit/simulator'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openQueue, type Queue } from '../src/index.ts'
import type { VerdictChanges } from '../src/packet/changes.ts'

const bytes = udp('192.0.2.1:4000 > 198.51.100.2:53')

let kernel: SimulatedKernel
let queue: Queue

beforeEach(async () => {
  kernel = new SimulatedKernel({ profile: 'debian-6.12' })
  queue = await openQueue(kernel.connect(), { number: 0, conntrack: 'require' })
})
afterEach(async () => {
  await queue.close()
  kernel.assertQuiet()
})

/** What becomes of a packet accepted with these changes, and of its connection. */
async function accepted(changes: VerdictChanges, packet = bytes) {
  queue.run((one) => one.accept(changes))
  const outcome = await kernel.deliver(packet)
  expect(queue.stats()).toMatchObject({ verdictErrors: 0, unjudged: { threw: 0 } })
  return { outcome, entry: kernel.conntrack.entries[0]! }
}

test('mark, priority and connmark', async () => {
  const { outcome, entry } = await accepted({ mark: 0xdead_beef, priority: 6, connmark: 0x0102_0304 })
  expect(outcome).toMatchObject({ mark: 0xdead_beef, priority: 6, connmark: 0x0102_0304 })
  expect(entry.mark).toBe(0x0102_0304)
})

test('a masked connmark changes its bits and no others, whatever the value has outside', async () => {
  kernel.rules.add({ hook: 'prerouting', table: 'mangle', setConnmark: 0xaaaa })
  kernel.rules.add({ hook: 'input', queue: 0 })
  const { entry } = await accepted({ connmark: { value: 0xff12, mask: 0x00ff } })
  expect(entry.mark).toBe(0xaa12)
})

test('timeout and status of the connection', async () => {
  const { entry } = await accepted({ connection: { timeoutSeconds: 1234, status: status.assured | status.seenReply } })
  expect(entry.timeout).toBe(1234)
  expect((entry.status ?? 0) & status.assured).toBe(status.assured)
})

test('labels, where a rule uses them', async () => {
  kernel.rules.add({ hook: 'prerouting', table: 'mangle', setLabel: 1 })
  kernel.rules.add({ hook: 'input', queue: 0 })
  const labels = Uint8Array.from([0x08, ...new Array<number>(15).fill(0)])
  const { entry } = await accepted(
    { connection: { labels, labelsMask: labels } },
    tcp('10.0.0.1:1 > 10.0.0.2:2', { syn: true }),
  )
  expect([...(entry.labels ?? [])].slice(0, 1)).toEqual([0x0a])
})

test('the connection is changed even when the packet is dropped', async () => {
  queue.run((packet) => (packet.mark === 0 ? packet.accept() : packet.drop({ connmark: 5 })))
  await kernel.deliver(bytes)
  expect(await kernel.deliver(bytes, { mark: 1 })).toMatchObject({ verdict: 'drop' })
  expect(kernel.conntrack.entries[0]?.mark).toBe(5)
})
