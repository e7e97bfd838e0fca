import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { conntrackMessage, timeoutMessage } from '../src/conntrack/message.ts'
import { timeoutPolicy } from '../src/conntrack/timeout.ts'
import { Attrs, ackAttrs, align, DecodeError, type Table, tableOf, toHostOrder, u16, u32 } from '../src/index.ts'
import { encodeMessage } from '../src/nfnetlink/header.ts'
import { anyOf } from '../src/schema/arbitrary.ts'
import { everything } from './everything.ts'
import { extended, hex } from './golden.ts'
import { recordings } from './recordings.ts'

/** What a machine of the other byte order would have sent: the tree is walked in host order, and turned on the way back. */
function foreign(datagram: Uint8Array): Uint8Array {
  const out = datagram.slice()
  for (let p = 0; p < out.length; ) {
    const end = p + u32(out, p)
    turnMessage(out, p, end)
    p = align(end)
  }
  return out
}

function turnMessage(b: Uint8Array, p: number, end: number): void {
  const type = u16(b, p + 4)
  const flags = u16(b, p + 6)
  if (type >= 16) turnRun(tableOf(everything, type, flags), b, p + 20, end)
  if (type === 3) {
    turnRun(ackAttrs, b, p + 20, end)
    reverse(b, p + 16, 4)
  }
  if (type === 2) {
    const capped = (flags & 0x100) !== 0
    const length = capped ? 16 : u32(b, p + 20)
    if ((flags & 0x200) !== 0) turnRun(ackAttrs, b, p + 20 + align(length), end)
    if (capped) turnHeader(b, p + 20)
    else turnMessage(b, p + 20, p + 20 + length)
    reverse(b, p + 16, 4)
  }
  turnHeader(b, p)
}

function turnHeader(b: Uint8Array, p: number): void {
  for (const [at, n] of [
    [0, 4],
    [4, 2],
    [6, 2],
    [8, 4],
    [12, 4],
  ] as const)
    reverse(b, p + at, n)
}

function turnRun(table: Table, b: Uint8Array, start: number, end: number, isList = false): void {
  const run = new Attrs(b.slice(), start, end)
  for (let p = start; p + 4 <= end; ) {
    const length = u16(b, p)
    const id = u16(b, p + 2)
    const type = (isList ? table.slots[0] : table.byId[id & 0x3fff])?.attr.type
    const value = type?.choice && run.get(type.choice.row)
    const chosen = type?.choice?.tables[value as string] ?? type?.choice?.otherwise
    const unknown = type === undefined && id & 0x8000 ? ({ byId: [] } as unknown as Table) : undefined
    const inside = type?.table ?? chosen ?? unknown
    if (inside !== undefined) turnRun(inside, b, p + 4, p + length, type?.item !== undefined)
    else if (type !== undefined && /^u(32|64)$/.test(type.kind)) reverse(b, p + 4, type.size)
    reverse(b, p, 2)
    reverse(b, p + 2, 2)
    p += align(length)
  }
}

function reverse(b: Uint8Array, p: number, n: number): void {
  b.subarray(p, p + n).reverse()
}

test.each([...recordings])('%s, recorded on a machine of the other byte order, reads the same', (_, datagrams) => {
  for (const datagram of datagrams) expect(toHostOrder(foreign(datagram), everything)).toEqual(datagram)
})

test('so do extended acknowledgements and the few values in host order', () => {
  expect(toHostOrder(foreign(extended.answer), everything)).toEqual(extended.answer)
  fc.assert(
    fc.property(anyOf(conntrackMessage.get.table), (value) => {
      const bytes = encodeMessage({ type: conntrackMessage.get.type, flags: 1 }, conntrackMessage.get.table, value)
      expect(toHostOrder(foreign(bytes), everything)).toEqual(bytes)
    }),
  )
})

test('a nest whose table a later neighbour chooses', () => {
  const value = { data: { synSent: 120 }, l4proto: 6 }
  const bytes = encodeMessage({ type: timeoutMessage.new.type, flags: 1 }, timeoutPolicy, value)
  expect(toHostOrder(foreign(bytes), everything)).toEqual(bytes)
})

test('a big-endian request of nlmon’s, by hand', () => {
  // bind of queue 7; the attribute's four bytes are in network order on every machine
  expect(toHostOrder(hex('0000001c 0302 0005 00000065 00000000 00000007 0008 0001 01000002'), everything)).toEqual(
    hex('1c000000 0203 0500 65000000 00000000 00000007 0800 0100 01000002'),
  )
})

test('unknown nests are followed no deeper than tables are', () => {
  const run = new Uint8Array(20 + 4 * 100)
  new DataView(run.buffer).setUint32(0, run.length)
  new DataView(run.buffer).setUint16(4, 0x0f00)
  for (let i = 0; i < 100; i++) {
    new DataView(run.buffer).setUint16(20 + 4 * i, run.length - 20 - 4 * i)
    new DataView(run.buffer).setUint16(22 + 4 * i, 0x8001)
  }
  expect(() => toHostOrder(run, everything)).toThrow(DecodeError)
})
