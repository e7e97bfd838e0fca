import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Attrs, align, DecodeError, putU16, putU32 } from '../src/index.ts'
import { nfqa, packetLayoutOf, QueuedPacket } from '../src/nfqueue.ts'

const { rows } = nfqa
const headers = 20
/** Attributes that are laid out, ones that are not, and one with the low bits of the packet's header. */
const ids = [1, 1, 3, 4, 5, 6, 10, 11, 12, 14, 16, 18, 33]
const sizes = [0, 1, 4, 7, 8, 16]

interface Given {
  readonly id: number
  readonly size: number
}

const attribute = fc.record({ id: fc.constantFrom(...ids), size: fc.constantFrom(...sizes) })
const header = fc.constant<Given>({ id: 1, size: 7 })
const mark = fc.constant<Given>({ id: 3, size: 4 })
const payload = fc.record({ id: fc.constant(10), size: fc.integer({ min: 0, max: 20 }) })
/** As the kernel has it, mostly: the header first, the payload last and unpadded. */
const attributes: fc.Arbitrary<readonly Given[]> = fc.oneof(
  fc.tuple(header, fc.array(attribute, { maxLength: 4 }), payload).map(([a, b, c]) => [a, ...b, c]),
  fc.tuple(header, mark, fc.array(attribute, { maxLength: 3 }), payload).map(([a, b, c, d]) => [a, b, ...c, d]),
  fc.array(attribute, { maxLength: 6 }),
)
/** A message, how far from alignment it lies, and how much of its last attribute's length is a lie. */
interface Message {
  readonly attributes: readonly Given[]
  readonly shift: number
  readonly lie: number
  readonly behind: number
}
const message: fc.Arbitrary<Message> = fc.record({
  attributes,
  shift: fc.constantFrom(0, 0, 0, 1, 2),
  lie: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, -1, 1, 4),
  behind: fc.constantFrom(0, 0, 2, 3, 8),
})

/** `behind` bytes follow the message, which are none of it. */
function written({ attributes, shift, lie, behind }: Message) {
  const length = attributes.reduce((at, { size }) => align(at) + 4 + size, headers)
  const memory = new Uint8Array(shift + length + behind).map((_, i) => i * 7 + 1)
  const bytes = memory.subarray(shift)
  putU32(bytes, 0, length)
  let at = headers
  for (const [i, { id, size }] of attributes.entries()) {
    const isLast = i === attributes.length - 1
    putU16(bytes, at, 4 + size + (isLast ? lie : 0))
    putU16(bytes, at + 2, id)
    at += align(4 + size)
  }
  return { bytes, end: length }
}

const outcome = <T>(read: () => T): T | 'DecodeError' => {
  try {
    return read()
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError)
    return 'DecodeError'
  }
}

/** Read with nothing remembered: attribute by attribute. */
function byWalking(bytes: Uint8Array, end: number) {
  const attrs = new Attrs(bytes, headers, end)
  const all = [...attrs.list()]
  const needed = [rows.packetHdr, rows.mark, rows.ifindexIndev, rows.ifindexOutdev]
  for (const { id, bytes } of all)
    if (needed.some((row) => row.id === id && bytes.length < row.type.size)) throw new DecodeError('', 0, 'short')
  const header = attrs.get(rows.packetHdr)
  if (header === undefined) throw new DecodeError('', 0, 'missing')
  return {
    id: header.packetId,
    hwProtocol: header.hwProtocol,
    mark: attrs.get(rows.mark) ?? 0,
    indev: attrs.get(rows.ifindexIndev),
    outdev: attrs.get(rows.ifindexOutdev),
    payload: all.findLast(({ id }) => id === rows.payload.id)?.bytes ?? new Uint8Array(0),
    others: [rows.timestamp, rows.uid, rows.ctInfo, rows.skbInfo, rows.secctx].map((row) =>
      outcome(() => attrs.get<unknown>(row)),
    ),
  }
}

function byLayout(packet: QueuedPacket): ReturnType<typeof byWalking> {
  const { id, hwProtocol, mark, indev, outdev, payload, payloadStart, payloadLength } = packet
  expect(packet.bytes.subarray(payloadStart, payloadStart + payloadLength)).toEqual(payload)
  const others = [rows.timestamp, rows.uid, rows.ctInfo, rows.skbInfo, rows.secctx].map((row) =>
    outcome(() => packet.get<unknown>(row)),
  )
  return { id, hwProtocol, mark, indev, outdev, payload, others }
}

test('a packet says what its attributes say, whatever was read before', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 6 }), (messages) => {
      for (const { bytes, end } of messages.map(written)) {
        const expected = outcome(() => byWalking(bytes, end))
        expect(outcome(() => byLayout(new QueuedPacket(bytes, 0, end)))).toEqual(expected)
      }
    }),
    { numRuns: 3_000 },
  )
})

test('packets that came the same way share a layout; those that vary where the kernel does not have one of their own', () => {
  const read = (...attributes: Given[]) => {
    const { bytes, end } = written({ attributes, shift: 0, lie: 0, behind: 0 })
    return packetLayoutOf(bytes, 0, end)
  }
  const header = { id: 1, size: 7 }
  const mark = { id: 3, size: 4 }
  const plain = read(header, mark, { id: 10, size: 9 })
  expect(read(header, mark, { id: 10, size: 40 })).toBe(plain)
  expect(read(header, { id: 10, size: 40 })).not.toBe(plain)
  const tracked = read(header, mark, { id: 11, size: 8 }, { id: 10, size: 5 })
  expect(tracked).not.toBe(plain)
  expect(read(header, mark, { id: 11, size: 16 }, { id: 12, size: 4 }, { id: 10, size: 1 })).toBe(tracked)
  expect(read(header, mark, { id: 11, size: 8 }, mark)).not.toBe(tracked)
  // What may be laid out is: attributes that are found there cost nothing to find.
  const owned = read(header, mark, { id: 16, size: 4 }, { id: 11, size: 8 }, { id: 10, size: 5 })
  expect(owned).not.toBe(tracked)
  expect(read(header, mark)).not.toBe(tracked)
  // A label's length is its own.
  const labelled = read(header, { id: 18, size: 3 }, { id: 10, size: 5 })
  expect(read(header, { id: 18, size: 30 }, { id: 11, size: 8 }, { id: 10, size: 5 })).toBe(labelled)
  expect(read(header, mark, { id: 10, size: 40 })).toBe(plain)
})

test('however many ways there are, none is taken for another', () => {
  const ways = Array.from({ length: 40 }, (_, size) =>
    written({
      attributes: [
        { id: 1, size: 7 },
        { id: 9, size },
        { id: 10, size: 3 },
      ],
      shift: 0,
      lie: 0,
      behind: 0,
    }),
  )
  for (let round = 0; round < 3; round++)
    for (const { bytes, end } of ways) {
      const packet = new QueuedPacket(bytes, 0, end)
      expect(packet.payload).toEqual(bytes.subarray(end - 3, end))
      expect(packet.id).toBe(new DataView(bytes.buffer).getUint32(24))
    }
})
