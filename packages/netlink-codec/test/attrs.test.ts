import { expect, test } from 'vitest'
import { conntrack, counters } from '../src/conntrack/table.ts'
import { tuple, tupleIp } from '../src/conntrack/tuple.ts'
import { Flow } from '../src/flow/flow.ts'
import { Attrs, DecodeError, decode } from '../src/index.ts'
import { nfqa } from '../src/nfqueue/table.ts'
import { hex } from './golden.ts'
import { inBoundedSteps, TooManySteps } from './steps.ts'

const cases = {
  'a length past the end': ['ff00 0100', 0, 'length 255 does not fit'],
  'a length shorter than its header': ['0800 0300 0000 0001 0300 0100', 8, 'length 3 does not fit'],
  'a length of zero': ['0000 0100', 0, 'length 0 does not fit'],
} as const

test.each(Object.entries(cases))('%s is refused with its place, lazily and eagerly', (_, [text, offset, reason]) => {
  const run = hex(text)
  expect(() => decode(tuple, run)).toThrow(expect.objectContaining({ where: 'CTA_TUPLE', offset, reason }))
  expect(() => new Attrs(run).get(tuple.rows.zone)).toThrow(expect.objectContaining({ offset, reason }))
  expect(() => [...new Attrs(run).list()]).toThrow(expect.objectContaining({ offset, reason }))
  expect(() => new Attrs(run).has(tuple.rows.zone)).toThrow(DecodeError)
})

test('a payload shorter than its type is refused by name', () => {
  const run = hex('0600 0300 0001 0000')
  const short = { where: 'NFQA_MARK', offset: 0, reason: '2 bytes, expected 4' }
  expect(() => decode(nfqa, run)).toThrow(expect.objectContaining(short))
  expect(() => new Attrs(run).get(nfqa.rows.mark)).toThrow(expect.objectContaining({ ...short, where: 'attribute 3' }))
})

test('a payload longer than its type is read as far as the type goes', () => {
  expect(decode(nfqa, hex('0c00 0300 0000 002a ffff ffff'))).toEqual({ mark: 42 })
  expect(decode(tupleIp, hex('0c00 0100 0a00 0001 ffff ffff'))).toEqual({ v4Src: hex('0a000001') })
  expect(new Attrs(hex('0c00 0100 0a00 0001 ffff ffff')).get(tupleIp.rows.v4Src)).toEqual(hex('0a000001'))
})

test('text ends at its first NUL, or with its attribute', () => {
  expect(decode(nfqa, hex('0800 1200 61 62 00 63'))).toEqual({ secctx: 'ab' })
  expect(decode(nfqa, hex('0600 1200 61 62 63 00'))).toEqual({ secctx: 'ab' })
  expect(decode(nfqa, hex('0400 1200'))).toEqual({ secctx: '' })
  expect(decode(nfqa, hex('0700 1200 ef bb bf 00'))).toEqual({ secctx: '\ufeff' })
})

test('the bits beside an id change nothing: nested, net byte order', () => {
  for (const type of ['0300', '0380', '0340', '03c0']) {
    expect(decode(nfqa, hex(`0800 ${type} 0000 002a`))).toEqual({ mark: 42 })
    expect(new Attrs(hex(`0800 ${type} 0000 002a`)).get(nfqa.rows.mark)).toBe(42)
  }
})

test('a last attribute without padding, and up to three bytes behind it, are fine', () => {
  expect(decode(nfqa, hex('0500 0a00 ff'))).toEqual({ payload: hex('ff') })
  expect(decode(nfqa, hex('0800 0300 0000 0001 ffff ff'))).toEqual({ mark: 1 })
})

test('padding before 64-bit values, as some machines send it, is skipped, and reachable', () => {
  const run = hex('0400 0500 0c00 0100 0000 0000 0000 0007')
  expect(decode(counters, run)).toEqual({ packets: 7n })
  expect([...new Attrs(run).list()].map(({ id }) => id)).toEqual([5, 1])
})

test('so is the padding an event’s time has on such machines, under the id of CTA_STATUS', () => {
  const run = hex('0800 0300 0000 0008 0400 0300 0c00 1b00 0000 0000 0000 0007')
  expect(decode(conntrack, run)).toEqual({ status: 8, timestampEvent: 7n })
  expect(new Attrs(run).get(conntrack.rows.status)).toBe(8)
  expect(new Attrs(hex('0400 0300')).has(conntrack.rows.status)).toBe(false)
  expect(new Flow(new Attrs(run), 2).status).toBe(8)
})

test('attributes without a row are kept in order', () => {
  const run = hex('0500 6300 01000000 0800 0800 0000 0007 0400 6480')
  expect(decode(conntrack, run)).toEqual({
    mark: 7,
    unknown: [
      { id: 99, bytes: hex('01') },
      { id: 100, bytes: hex('') },
    ],
  })
})

test('bytes are views of what was given', () => {
  const run = hex('0800 0a00 01020304')
  const { payload } = decode(nfqa, run)
  run[4] = 9
  expect(payload).toEqual(hex('09020304'))
})

test('a reader that goes on for ever is stopped by its step budget', () => {
  const forEver = (b: Uint8Array) => {
    for (;;) if (b[0] === 1) break
  }
  const forEverWider = (b: Uint8Array) => {
    for (const data = new DataView(b.buffer); ; ) if (data.getUint16(0) === 1) break
  }
  expect(() => inBoundedSteps(new Uint8Array(8), forEver)).toThrow(TooManySteps)
  expect(() => inBoundedSteps(new Uint8Array(8), forEverWider)).toThrow(TooManySteps)
})
