import { parseIp } from '@nfkit/ip-codec'
import { tcp, udp } from '@nfkit/ip-codec/build'
import { SimulatedKernel } from '@nfkit/simulator'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openQueue, type Packet, type Queue, type Returned } from '../src/index.ts'

let kernel: SimulatedKernel
let queue: Queue

beforeEach(async () => {
  kernel = new SimulatedKernel({ profile: 'debian-6.12' })
  queue = await openQueue(kernel.connect(), { number: 0, gso: true })
})
afterEach(() => queue.close())

/** As its sender left it: the sum of the pseudo header in the checksum's place. */
function unfinished(bytes: Uint8Array, checksumAt: number): Uint8Array {
  const copy = bytes.slice()
  copy[checksumAt] = copy[checksumAt]! ^ 0x55
  return copy
}
const samples = [
  ['TCP', unfinished(tcp('192.0.2.1:4000 > 198.51.100.2:80', { ack: true, payload: new Uint8Array(99) }), 20 + 16)],
  ['UDP', unfinished(udp('192.0.2.1:4000 > 198.51.100.2:53', { payload: new Uint8Array(99) }), 20 + 6)],
  ['TCP over IPv6', unfinished(tcp('[2001:db8::1]:4000 > [2001:db8::2]:80', { ack: true }), 40 + 16)],
] as const

const stateOf = (payload: Uint8Array) => {
  const ip = parseIp(payload)
  return (ip?.tcp ?? ip?.udp)?.checksumState
}

const ways: Record<string, (packet: Packet, payload: Uint8Array) => Returned> = {
  accept: (packet, payload) => packet.accept({ payload, mark: 7 }),
  judge: (packet, payload) => packet.judge('accept', { payload, mark: 7 }),
}

test.each(samples)(
  '%s replaced by its own bytes, or by edited ones, leaves with a finished checksum',
  async (_, bytes) => {
    expect(stateOf(bytes)).toBe('invalid')
    for (const way of Object.values(ways)) {
      for (const edit of [false, true]) {
        const given: [Uint8Array, Uint8Array][] = []
        const before = new SimulatedKernel({ profile: 'debian-6.12' })
        await using each = await openQueue(before.connect(), { number: 0, gso: true })
        each.run((packet) => {
          expect(packet.checksumNotReady).toBe(true)
          const payload = packet.payload!.slice()
          if (edit) payload[8] = 9
          given.push([payload, payload.slice()])
          return way(packet, payload)
        })
        const outcome = await before.deliver(bytes, { hook: 'output', outdev: 'eth0' })
        expect(outcome).toMatchObject({ verdict: 'accept', mark: 7 })
        expect(stateOf(outcome.payload)).toBe('valid')
        expect(outcome.payload[8]).toBe(given[0]![0][8])
        expect(given[0]![0]).toEqual(given[0]![1])
      }
    }
  },
)

test('a checksum that was finished is left as it is, right or wrong', async () => {
  queue.run((packet) => {
    expect(packet.checksumNotReady).toBe(false)
    packet.accept({ payload: packet.payload! })
  })
  const [, bytes] = samples[0]
  const outcome = await kernel.deliver(bytes, { indev: 'eth0', checksum: 'unverified' })
  expect(outcome.payload).toEqual(bytes)
})
