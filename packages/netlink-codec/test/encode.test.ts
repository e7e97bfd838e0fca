import { expect, test } from 'vitest'
import { conntrack } from '../src/conntrack/table.ts'
import { tuple } from '../src/conntrack/tuple.ts'
import { EncodeError, encodeAttrs, type Infer, type Table, Writer } from '../src/index.ts'
import { encodeMessage } from '../src/nfnetlink/header.ts'
import { nfqa } from '../src/nfqueue/table.ts'
import { hex } from './golden.ts'

const encodeAny = (table: Table, value: unknown) => encodeAttrs(table, value as Infer<Table>)

/** What cannot be put on the wire, where it is, and why. */
const refused: readonly [string, Table, unknown, string, string][] = [
  ['too large', nfqa, { mark: 2 ** 32 }, 'NFQA_MARK', '4294967296 is no whole number from 0 to 4294967295'],
  ['negative', nfqa, { mark: -1 }, 'NFQA_MARK', '-1 is no whole number from 0 to 4294967295'],
  ['fractional', nfqa, { mark: 0.5 }, 'NFQA_MARK', '0.5 is no whole number from 0 to 4294967295'],
  ['no number', nfqa, { mark: '7' }, 'NFQA_MARK', '7 is no whole number from 0 to 4294967295'],
  ['null', nfqa, { mark: null }, 'NFQA_MARK', 'null is no whole number from 0 to 4294967295'],
  ['no bigint', conntrack, { timestampEvent: 7 }, 'CTA_TIMESTAMP_EVENT', '7 is no unsigned 64-bit bigint'],
  [
    '65 bits',
    conntrack,
    { timestampEvent: 2n ** 64n },
    'CTA_TIMESTAMP_EVENT',
    '18446744073709551616 is no unsigned 64-bit bigint',
  ],
  ['an address of five bytes', tuple, { ip: { v4Src: hex('0102030405') } }, 'CTA_IP_V4_SRC', '5 bytes, expected 4'],
  ['labels of 20 bytes', conntrack, { labels: new Uint8Array(20) }, 'CTA_LABELS', '20 bytes, expected 0 to 16'],
  ['bytes that are none', nfqa, { payload: 'abc' }, 'NFQA_PAYLOAD', 'expected a Uint8Array'],
  [
    'a name that is too long',
    conntrack,
    { help: { name: 'x'.repeat(16) } },
    'CTA_HELP_NAME',
    '17 bytes, expected 0 to 16',
  ],
  ['text with a NUL', conntrack, { help: { name: 'f\0p' } }, 'CTA_HELP_NAME', 'text must not contain a NUL'],
  ['text that is none', conntrack, { help: { name: 7 } }, 'CTA_HELP_NAME', 'expected a string'],
  ['a nest that is none', conntrack, { help: 7 }, 'CTA_HELP', 'expected an object'],
  [
    'half a struct',
    nfqa,
    { verdictHdr: { id: 1 } },
    'NFQA_VERDICT_HDR.verdict',
    'undefined is no whole number from 0 to 4294967295',
  ],
  ['a struct that is none', nfqa, { verdictHdr: 1 }, 'NFQA_VERDICT_HDR', 'expected an object'],
  ['a key that is none', conntrack, { connmark: 1 }, 'CTA', 'there is no attribute "connmark"'],
  ['a key of every object', conntrack, { toString: 1 }, 'CTA', 'there is no attribute "toString"'],
  [
    'a payload past 16 bits',
    nfqa,
    { payload: new Uint8Array(65532) },
    'NFQA_PAYLOAD',
    '65532 bytes, expected 0 to 65531',
  ],
  [
    'an id past 16 bits',
    nfqa,
    { unknown: [{ id: 65536, bytes: hex('') }] },
    'NFQA attribute 65536',
    '65536 is no whole number from 0 to 65535',
  ],
  [
    'a nest past 16 bits',
    nfqa,
    { ct: { help: { info: new Uint8Array(65531) } } },
    'CTA_HELP',
    '65536 bytes do not fit into one attribute',
  ],
]

test.each(refused)('%s', (_, table, value, where, reason) => {
  expect(() => encodeAny(table, value)).toThrow(EncodeError)
  expect(() => encodeAny(table, value)).toThrow(
    expect.objectContaining({ where, reason, message: `${where}: ${reason}` }),
  )
})

test('headers are checked, too', () => {
  const where = (header: object) => expect.objectContaining({ name: 'EncodeError', ...header })
  const encode = (header: object) => () => encodeMessage({ type: 0x300, flags: 0, ...header }, nfqa, {})
  expect(encode({ resourceId: 65536 })).toThrow(where({ where: 'nfgenmsg.res_id' }))
  expect(encode({ resourceId: 1.5 })).toThrow(where({ where: 'nfgenmsg.res_id' }))
  expect(encode({ family: 256 })).toThrow(where({ where: 'nfgenmsg.nfgen_family' }))
  expect(encode({ type: 65536 })).toThrow(where({ where: 'nlmsghdr.nlmsg_type' }))
  expect(encode({ sequence: -1 })).toThrow(where({ where: 'nlmsghdr.nlmsg_seq' }))
})

test('attributes come in the order of the keys, absent ones not at all', () => {
  expect(encodeAttrs(nfqa, { uid: 1, mark: undefined, gid: 2 })).toEqual(hex('0800 1000 0000 0001 0800 1100 0000 0002'))
})

test('nests carry their bit, empty ones too', () => {
  expect(encodeAttrs(conntrack, { protoinfo: { tcp: {} } })).toEqual(hex('0800 0480 0400 0180'))
})

test('a writer that is cleared starts over with zeroed memory', () => {
  const writer = new Writer(4)
  writer.bytes.fill(1)
  const at = writer.attr(7, 5, 'bytes')
  writer.bytes.fill(0xff, at)
  writer.clear()
  writer.attr(7, 5, 'bytes')
  expect(writer.bytes).toEqual(hex('0900 0700 0000 0000 0000 0000'))
})
