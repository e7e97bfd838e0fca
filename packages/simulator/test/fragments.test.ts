import { fragments, tcp, udp } from '@nfkit/ip-codec/build'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SimulatedKernel } from '../src/index.ts'

const packets = {
  IPv4: udp('192.0.2.1:1000 > 192.0.2.2:53', {
    payload: new Uint8Array(1000).fill(7),
    dontFragment: false,
    identification: 1,
  }),
  IPv6: tcp('[2001:db8::1]:1000 > [2001:db8::2]:80', { ack: true, payload: new Uint8Array(1000).fill(7) }),
}

describe.each(Object.entries(packets))('fragments of %s', (_, packet) => {
  test('come out as the packet they were made of, in whatever order they come in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 3, max: 130 }), fc.infiniteStream(fc.nat()), async (units, numbers) => {
        const parts = fragments(packet, 8 * units)
        const shuffled = parts.map((part) => [numbers.next().value!, part] as const).sort(([a], [b]) => a - b)
        const kernel = new SimulatedKernel({ defragmentation: true })
        const outcomes = await Promise.all(
          shuffled.map(([, part]) => kernel.deliver(part, { hook: 'input', queue: null, checksum: 'unverified' })),
        )
        expect(outcomes.every(({ verdict }) => verdict === 'accept')).toBe(true)
        expect(outcomes.map(({ payload }) => payload)).toEqual(parts.map(() => packet))
        expect(kernel.conntrack.entries).toHaveLength(1)
      }),
      { numRuns: 50 },
    )
  })

  test('are dropped when one does not come in time', async () => {
    const kernel = new SimulatedKernel({ defragmentation: true })
    const parts = fragments(packet, 400).slice(1)
    const outcomes = parts.map((part) => kernel.deliver(part, { hook: 'input', queue: null }))
    kernel.advance(61)
    for (const { verdict, reason } of await Promise.all(outcomes))
      expect([verdict, reason]).toEqual(['drop', 'fragment'])
    expect(kernel.conntrack.entries).toHaveLength(0)
  })

  test('are dropped when they overlap', async () => {
    const kernel = new SimulatedKernel({ defragmentation: true })
    const [first] = fragments(packet, 400)
    const [, second] = fragments(packet, 256)
    const outcomes = [first!, second!].map((part) => kernel.deliver(part, { hook: 'input', queue: null }))
    for (const { verdict, reason } of await Promise.all(outcomes))
      expect([verdict, reason]).toEqual(['drop', 'fragment'])
  })

  test('go their way when the first of IPv6 is cut off in the transport header', async () => {
    const kernel = new SimulatedKernel({ defragmentation: true })
    const [first, ...others] = fragments(packets.IPv6, 16)
    expect((await kernel.deliver(first!, { hook: 'input', queue: null })).payload).toEqual(first)
    const outcomes = others.map((part) => kernel.deliver(part, { hook: 'input', queue: null }))
    kernel.advance(61)
    expect((await outcomes[0])?.reason).toBe('fragment')
  })

  test('are dropped when they came before', async () => {
    const kernel = new SimulatedKernel({ defragmentation: true })
    const [first] = fragments(packet, 400)
    void kernel.deliver(first!, { hook: 'input', queue: null })
    expect((await kernel.deliver(first!, { hook: 'input', queue: null })).reason).toBe('fragment')
  })

  test('go their way one by one in a kernel that does not put them together', async () => {
    const kernel = new SimulatedKernel()
    const parts = fragments(packet, 400)
    const outcomes = await Promise.all(parts.map((part) => kernel.deliver(part, { hook: 'input', queue: null })))
    expect(outcomes.map(({ payload }) => payload)).toEqual(parts)
  })
})
