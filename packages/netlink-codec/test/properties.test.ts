import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { conntrack } from '../src/conntrack/table.ts'
import { Flow } from '../src/flow/flow.ts'
import {
  Attrs,
  ackAttrs,
  attributeAt,
  DecodeError,
  decode,
  decodeAck,
  encodeAttrs,
  format,
  type Infer,
  kernelName,
  Message,
  maxDepth,
  messages,
  messageToJson,
  type Table,
  toHostOrder,
  withNested,
} from '../src/index.ts'
import { encodeMessage, netfilterOf } from '../src/nfnetlink/header.ts'
import { QueuedPacket } from '../src/nfqueue/queued-packet.ts'
import { nfqa } from '../src/nfqueue/table.ts'
import { anyOf } from '../src/schema/arbitrary.ts'
import { attr, table } from '../src/schema/table.ts'
import { be32, nest } from '../src/schema/type.ts'
import { anyDamage, damage } from './damage.ts'
import { everything, messageTypes } from './everything.ts'
import { recordedMessages } from './recordings.ts'
import { inBoundedSteps } from './steps.ts'

const known = messageTypes
const tables = withNested([...known.flatMap(({ table, answer }) => [table, answer]), ackAttrs])
const named = tables.map((table) => [table.name, table] as const)

describe.each(named)('%s', (_, table) => {
  const any = anyOf(table)

  test('decode inverts encode', () => {
    fc.assert(
      fc.property(any, (value) => {
        expect(decode(table, encodeAttrs(table, value))).toEqual(value)
      }),
    )
  })

  test('lazy equals eager for every row, present or absent', () => {
    fc.assert(
      fc.property(any, (value) => {
        const attrs = new Attrs(encodeAttrs(table, value))
        const eager = value as Record<string, unknown>
        for (const { key, attr } of table.slots) {
          expect(attrs.get(attr)).toEqual(eager[key])
          expect(attrs.has(attr)).toBe(eager[key] !== undefined)
          const inside = attr.type.kind === 'nest' ? attr.type.table : undefined
          if (inside === undefined) continue
          const nested = attrs.nest(attr)
          expect(nested && decode(inside, nested.bytes, nested.start, nested.end)).toEqual(eager[key])
        }
      }),
    )
  })

  // What one value chose and another replaced follows no table any more.
  const isPlain = table.slots.every(({ attr }) => attr.type.choice === undefined)
  if (isPlain)
    test('of an attribute that comes twice the last one counts, lazily and eagerly', () => {
      fc.assert(
        fc.property(any, any, (first, second) => {
          const run = new Uint8Array([...encodeAttrs(table, first), ...encodeAttrs(table, second)])
          const expected = { ...first, ...second, unknown: [...(first.unknown ?? []), ...(second.unknown ?? [])] }
          const eager = decode(table, run) as Record<string, unknown>
          expect({ unknown: [], ...eager }).toEqual(expected)
          for (const { key, attr } of table.slots) expect(new Attrs(run).get(attr)).toEqual(eager[key])
        }),
      )
    })

  test('damaged bytes decode or throw DecodeError with place and reason, in bounded steps', () => {
    fc.assert(
      fc.property(any, fc.array(anyDamage, { minLength: 1, maxLength: 4 }), (value, how) => {
        const run = how.reduce(damage, encodeAttrs(table, value))
        expectHonest(run.length, () => inBoundedSteps(run, (b) => decode(table, b, 0, run.length)))
        for (const { attr } of table.slots) {
          expectHonest(run.length, () => inBoundedSteps(run, (b) => new Attrs(b, 0, run.length).get(attr)))
        }
      }),
      { numRuns: 25 },
    )
  })

  test('a run cut anywhere decodes or throws DecodeError', () => {
    fc.assert(
      fc.property(any, fc.nat(), (value, at) => {
        const run = encodeAttrs(table, value)
        const end = at % (run.length + 1)
        expectHonest(end, () => decode(table, run, 0, end))
      }),
    )
  })
})

/** Whatever the bytes, only a DecodeError that points into them. */
function expectHonest(length: number, run: () => unknown): void {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError)
    const { where, offset, reason, message } = error as DecodeError
    expect(where).not.toBe('')
    expect(reason).not.toBe('')
    expect(offset).toBeGreaterThanOrEqual(0)
    expect(offset).toBeLessThanOrEqual(length)
    expect(message).toBe(`${where} at byte ${offset}: ${reason}`)
  }
}

describe('messages', () => {
  const anyMessage = fc
    .constantFrom(...known)
    .chain(({ type, table }) =>
      fc
        .tuple(anyOf(table), fc.nat(0xffff), fc.nat(), fc.nat(), fc.nat(0xff), fc.nat(0xffff))
        .map(([value, flags, sequence, portId, family, resourceId]) =>
          encodeMessage({ type, flags, sequence, portId, family, resourceId }, table, value),
        ),
    )
  const anyRecorded = fc.constantFrom(...recordedMessages.map(({ bytes, start, end }) => bytes.slice(start, end)))

  test('a header comes back as it was given', () => {
    const header = fc.record({
      type: fc.nat(0xffff),
      flags: fc.nat(0xffff),
      sequence: fc.integer({ min: 0, max: 0xffff_ffff }),
      portId: fc.integer({ min: 0, max: 0xffff_ffff }),
      family: fc.nat(0xff),
      version: fc.nat(0xff),
      resourceId: fc.nat(0xffff),
    })
    fc.assert(
      fc.property(header, (header) => {
        const bytes = encodeMessage(header, nfqa, {})
        const message = new Message(bytes, 0, bytes.length)
        const { type, flags, sequence, portId } = message
        const { family, version, resourceId } = netfilterOf(message)
        expect({ type, flags, sequence, portId, family, version, resourceId }).toEqual(header)
      }),
    )
  })

  test('a datagram of several messages gives each back, padded or with an unpadded last', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { minLength: 1, maxLength: 4 }), fc.nat(3), (list, short) => {
        const datagram = new Uint8Array(list.flatMap((bytes) => [...bytes]))
        const last = list.at(-1)!
        const cut = Math.min(short, last.length - 20)
        new DataView(datagram.buffer).setUint32(datagram.length - last.length, last.length - cut, true)
        const found = [...messages(datagram, 0, datagram.length - cut)]
        expect(found.map(({ start, end }) => end - start)).toEqual([
          ...list.slice(0, -1).map((b) => b.length),
          last.length - cut,
        ])
      }),
    )
  })

  test('every reader of a damaged message gives a value or DecodeError, in bounded steps', () => {
    fc.assert(
      fc.property(fc.oneof(anyMessage, anyRecorded), fc.array(anyDamage, { maxLength: 4 }), (whole, how) => {
        const bytes = how.reduce(damage, whole)
        const n = bytes.length
        const honest = (read: (b: Uint8Array) => unknown) => expectHonest(n, () => inBoundedSteps(bytes, read))
        honest((b) => [...messages(b, 0, n)])
        honest((b) => attributeAt(b, how[0]?.at ?? 20, everything))
        honest((b) => new QueuedPacket(b, 0, n))
        honest((b) => new Flow(new Attrs(b, 0, n), 2).toObject())
        expectHonest(n, () => toHostOrder(bytes, everything))
        if (n < 16) return
        honest((b) => decodeAck(new Message(b, 0, n)))
        honest((b) => format(new Message(b, 0, n), everything))
        honest((b) => JSON.stringify(messageToJson(new Message(b, 0, n), everything)))
      }),
      { numRuns: 300 },
    )
  })
})

describe('depth', () => {
  // A table can nest itself: by a cycle made after the fact, which no family has.
  const leaf = { value: attr(1, be32, 'a number') }
  const cycle = table('LOOP', '0', 'Nests itself.', {
    ...leaf,
    inner: attr(2, nest<{ value?: number }>(table('LOOP', '0', '', leaf)), 'itself'),
  })
  ;(cycle.rows.inner.type as { table: Table }).table = cycle

  const nestedTo = (depth: number): Uint8Array => {
    let value: { inner?: unknown } = {}
    for (let i = 0; i < depth; i++) value = { inner: value }
    return encodeAttrs(cycle, value as Infer<typeof cycle>)
  }

  test('as deep as allowed decodes, one deeper is a DecodeError', () => {
    expect(JSON.stringify(decode(cycle, nestedTo(maxDepth))).match(/inner/g)).toHaveLength(maxDepth)
    expect(() => decode(cycle, nestedTo(maxDepth + 1))).toThrow(DecodeError)
    expect(() => new Attrs(nestedTo(maxDepth + 1)).get(cycle.rows.inner)).toThrow(DecodeError)
  })

  test('no family nests itself', () => {
    const depthOf = (table: Table, above: readonly Table[]): number => {
      expect(above).not.toContain(table)
      const inner = table.slots
        .flatMap(({ attr: { type } }) => [type.table, ...Object.values(type.choice?.tables ?? {})])
        .map((inside) => (inside ? depthOf(inside, [...above, table]) : 0))
      return 1 + Math.max(0, ...inner)
    }
    for (const table of tables) expect(depthOf(table, [])).toBeLessThanOrEqual(maxDepth)
  })
})

test('the deepest run of each length modulo four: text and bytes of 0 to 7 bytes', () => {
  for (let n = 0; n < 8; n++) {
    const value = { payload: new Uint8Array(n).fill(7), ct: { help: { name: 'x'.repeat(n), info: new Uint8Array(n) } } }
    const run = encodeAttrs(nfqa, value)
    expect(run.length % 4).toBe(0)
    expect(decode(nfqa, run)).toEqual(value)
  }
})

test('kernel names and keys are one to one', () => {
  for (const { name, slots } of tables) {
    const overridden = slots.filter((slot) => slot.attr.name !== undefined)
    for (const slot of slots.filter((slot) => !overridden.includes(slot)))
      expect(kernelName(name, slot.key)).toBe(slot.name)
  }
  expect(conntrack.byId[1]!.name).toBe('CTA_TUPLE_ORIG')
})
