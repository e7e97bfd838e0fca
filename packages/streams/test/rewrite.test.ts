import { parseIp } from '@nfkit/ip-codec'
import { icmpUnreachable } from '@nfkit/ip-codec/build'
import { expect, test } from 'vitest'
import type { Edit, TrackerOptions } from '../src/index.ts'
import { mss, sack, text, Wire, windowScale } from './wire.ts'

/** A wire with an open connection, in whose client's stream these bytes are replaced. */
function editing(
  edits: readonly { at: number; removed: number; inserted: string }[],
  options: Partial<TrackerOptions> = {},
): Wire {
  const wire = new Wire({
    judge({ client }) {
      client.rewrite((chunk, position) =>
        edits
          .filter(({ at }) => position <= at && at < position + chunk.length)
          .map(
            ({ at, removed, inserted }): Edit => ({ at, removed, inserted: Uint8Array.from(Buffer.from(inserted)) }),
          ),
      )
    },
    ...options,
  })
  wire.open([mss(1460), windowScale(0)])
  return wire
}

/** Where a packet that went on stands, counted from the first byte, and what it says. */
const seen = ({ tcp, text }: ReturnType<Wire['client']>) => [tcp.sequence - 1_000, text, tcp.checksumState]

test('what follows moves along, resent in other pieces, too', () => {
  const wire = editing([{ at: 2, removed: 1, inserted: 'XYZ' }])
  expect(seen(wire.client({ data: 'abcd' }))).toEqual([0, 'abXYZd', 'valid'])
  expect(seen(wire.client({ at: 4, data: 'ef' }))).toEqual([6, 'ef', 'valid'])
  expect(seen(wire.client({ data: 'ab' }))).toEqual([0, 'ab', 'valid'])
  expect(seen(wire.client({ at: 1, data: 'bcde' }))).toEqual([1, 'bXYZde', 'valid'])
  expect(seen(wire.client({ at: 3, data: 'def' }))).toEqual([5, 'def', 'valid'])
  expect(seen(wire.client({ at: 6, fin: true }))).toEqual([8, '', 'valid'])
})

test('what is acknowledged is what was sent, and never more than was delivered', () => {
  const wire = editing([{ at: 2, removed: 1, inserted: 'XYZ' }])
  wire.client({ data: 'abcd' })
  const packet = wire.server({ acknowledges: 1, window: 9 })
  expect([packet.tcp.window, packet.tcp.checksumState]).toEqual([7, 'valid'])
  const acknowledged = [0, 1, 2, 3, 4, 5, 6].map(
    (acknowledges) => wire.server({ acknowledges }).tcp.acknowledgment - 1_000,
  )
  expect(acknowledged).toEqual([0, 1, 2, 2, 2, 3, 4])
  expect(wire.server({ acknowledges: 1 }).tcp.acknowledgment).toBe(1_001)
})

test('selective acknowledgments are rounded inwards, and go where nothing is left of them', () => {
  const wire = editing([{ at: 2, removed: 1, inserted: 'XYZ' }])
  wire.client({ data: 'abcdefgh' })
  const blocks = (...given: [number, number][]) => {
    const options = [sack(...given.map(([left, right]) => ({ left: 1_000 + left, right: 1_000 + right })))]
    const { tcp } = wire.server({ acknowledges: 1, options })
    expect(tcp.checksumState).toBe('valid')
    return tcp.option('sack')?.blocks.map(({ left, right }) => [left - 1_000, right - 1_000])
  }
  expect(blocks([5, 8])).toEqual([[3, 6]])
  expect(blocks([3, 8])).toEqual([[3, 6]])
  expect(blocks([2, 4], [6, 8])).toEqual([[4, 6]])
  expect(blocks([3, 5])).toBeUndefined()
})

test('a segment of which nothing is left asks for an answer, so that its sender goes on', () => {
  const wire = editing([{ at: 2, removed: 4, inserted: '' }])
  wire.client({ data: 'ab' })
  expect(seen(wire.client({ at: 2, data: 'cdef' }))).toEqual([1, '', 'valid'])
  expect(wire.server({ acknowledges: 2 }).tcp.acknowledgment).toBe(1_006)
  expect(seen(wire.client({ at: 6, data: 'gh' }))).toEqual([2, 'gh', 'valid'])
})

test('a keep-alive stands one before what comes next, and a RST at it', () => {
  const wire = editing([{ at: 3, removed: 1, inserted: 'WXYZ' }])
  wire.client({ data: 'abcd' })
  expect(seen(wire.client({ at: 3 }))).toEqual([6, '', 'valid'])
  expect(seen(wire.client({ at: 4, rst: true }))).toEqual([7, '', 'valid'])
})

test('data that comes with a RST is none of the stream: what stands in its place can be changed', () => {
  const wire = editing([{ at: 6, removed: 1, inserted: 'XYZ' }])
  wire.client({ data: 'abcde' })
  expect(wire.client({ at: 8, data: 'decoy', rst: true }).verdict).toBe('accept')
  expect(seen(wire.client({ at: 5, data: 'fgh' }))).toEqual([5, 'fXYZh', 'valid'])
})

test('packets that come too early wait for those before them', async () => {
  const wire = editing([{ at: 1, removed: 1, inserted: 'BBB' }])
  const late = [wire.client({ at: 6, data: 'gh' }), wire.client({ at: 3, data: 'def' })]
  expect(late.map(({ verdict }) => verdict)).toEqual([undefined, undefined])
  expect(wire.client({ at: 3, data: 'def' }).verdict).toBe('drop')
  expect(seen(wire.client({ data: 'abc' }))).toEqual([0, 'aBBBc', 'valid'])
  expect(late.map(seen)).toEqual([
    [8, 'gh', 'valid'],
    [5, 'def', 'valid'],
  ])
  await Promise.all(wire.promises)
})

test('the segment size in SYNs is lowered by what is reserved, and no further than hosts must take', () => {
  const wire = new Wire({ reserve: 100 })
  expect(wire.client({ at: -1, syn: true, ack: false, options: [mss(1460)] }).tcp.mss).toBe(1360)
  expect(wire.server({ at: -1, syn: true, options: [mss(560)] }).tcp.mss).toBe(536)
})

test('a super-packet that would shrink to one segment is not given to the kernel, which would lose it', () => {
  const wire = editing([{ at: 10, removed: 2_000, inserted: 'x' }])
  expect(wire.push(wire.bytes('client', { data: 'y'.repeat(2_900) }), true).verdict).toBe('drop')
  expect(wire.tracker.counts.packets.unwritable).toBe(1)
  expect(seen(wire.client({ data: 'y'.repeat(1_460) }))).toEqual([0, `${'y'.repeat(10)}x`, 'valid'])
})

test('a connection that signs its segments cannot be changed', () => {
  const wire = new Wire({
    judge({ client }) {
      client.rewrite(() => [{ at: 0, removed: 1, inserted: new Uint8Array(0) }])
    },
  })
  const options = [{ kind: 'unknown', type: 19, data: new Uint8Array(16) } as const]
  wire.client({ at: -1, syn: true, ack: false, options })
  wire.server({ at: -1, syn: true, options })
  expect(() => wire.client({ data: 'abc', options })).toThrow('the connection signs its segments')
  expect(text(wire.packets.at(-1)!.tcp.payload)).toBe('abc')
})

test('an ICMP error about a packet whose number was changed is about the one that was sent', () => {
  const wire = new Wire({
    judge({ client }) {
      client.rewrite((_, position) => (position === 0 ? [{ at: 0, removed: 1, inserted: new Uint8Array(11) }] : []))
    },
  })
  wire.open()
  wire.client({ data: 'abc' })
  const sent = wire.client({ at: 3, data: 'def' })
  expect(sent.tcp.sequence).toBe(1_000 + 13)
  const error = wire.push(icmpUnreachable('10.0.0.2 > 10.0.0.1', sent.bytes))
  expect(parseIp(error.bytes)?.icmp?.embedded?.tcp?.sequence).toBe(1_000 + 3)
})
