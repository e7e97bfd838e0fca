import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { statsExpect } from '../src/conntrack/expect.ts'
import { conntrackMessage } from '../src/conntrack/message.ts'
import { conntrack } from '../src/conntrack/table.ts'
import {
  ackAttrs,
  attributeAt,
  decodeAck,
  echoedRequest,
  encodeAck,
  encodeDone,
  errno,
  errnoName,
  Message,
  messageName,
  offendingAttribute,
  tableOf,
} from '../src/index.ts'
import { encodeMessage } from '../src/nfnetlink/header.ts'
import { anyOf } from '../src/schema/arbitrary.ts'
import { everything } from './everything.ts'
import { hex, sent } from './golden.ts'

const whole = (bytes: Uint8Array): Message => new Message(bytes, 0, bytes.length)
const request = sent['create a UDP flow'].bytes

describe('acknowledgements', () => {
  test('decode inverts encode, requests repeated or not', () => {
    fc.assert(
      fc.property(fc.nat(4095), fc.boolean(), anyOf(ackAttrs), fc.nat(), (errno, capped, extended, portId) => {
        const message = whole(encodeAck(request, { errno, capped, extended, portId }))
        expect(decodeAck(message)).toEqual({ errno, extended })
        expect(message).toMatchObject({ type: 2, sequence: 10, portId })
        expect(echoedRequest(message)).toEqual(capped || errno === 0 ? undefined : request)
        expect(decodeAck(whole(encodeDone(7, { errno, extended })))).toEqual({ errno, extended })
      }),
    )
  })

  test('kernels before 4.12 repeat the header of a success without saying that they cut it', () => {
    const old = hex('24000000 0200 0000 0a000000 34120000 00000000 84000000 0001 0506 0a000000 00000000')
    expect(decodeAck(whole(old))).toEqual({ errno: 0, extended: {} })
    expect(echoedRequest(whole(old))).toBeUndefined()
  })

  test('the attribute an error blames is named from the request it repeats, or the one at hand', () => {
    const extended = { offs: 20 }
    const full = whole(encodeAck(request, { errno: 22, extended }))
    expect(offendingAttribute(full, decodeAck(full), everything)).toBe('CTA_TUPLE_ORIG')
    const capped = whole(encodeAck(request, { errno: 22, extended, capped: true }))
    expect(offendingAttribute(capped, decodeAck(capped), everything)).toBeUndefined()
    expect(offendingAttribute(capped, decodeAck(capped), everything, request)).toBe('CTA_TUPLE_ORIG')
  })

  test('too short to say anything', () => {
    const bytes = encodeAck(request, { errno: 22 })
    expect(() => decodeAck(new Message(bytes, 0, 35))).toThrow(
      expect.objectContaining({ where: 'NLMSG_ERROR', offset: 0, reason: '35 bytes, expected 36' }),
    )
    const cut = encodeAck(request, { errno: 22, extended: { offs: 20 } })
    expect(() => decodeAck(new Message(cut, 0, 60))).toThrow(
      expect.objectContaining({ where: 'NLMSG_ERROR', reason: 'repeats a request longer than itself' }),
    )
  })
})

describe('attributeAt', () => {
  test('follows nests', () => {
    const { type } = conntrackMessage.new
    const bytes = encodeMessage({ type, flags: 1 }, conntrack, {
      mark: 1,
      tupleOrig: { zone: 1, ip: { v4Src: hex('01020304') } },
    })
    const names = Object.fromEntries(
      [...bytes.keys()].map((at) => [at, attributeAt(bytes, at, everything)?.name]).filter(([, name]) => name),
    )
    expect(names).toEqual({
      20: 'CTA_MARK',
      28: 'CTA_TUPLE_ORIG',
      32: 'CTA_TUPLE_ZONE',
      40: 'CTA_TUPLE_IP',
      44: 'CTA_IP_V4_SRC',
    })
  })

  test('an attribute without a row has its number', () => {
    const bytes = encodeMessage({ type: 0x100, flags: 1 }, conntrack, { unknown: [{ id: 77, bytes: hex('') }] })
    expect(attributeAt(bytes, 20, everything)).toEqual({ name: 'CTA attribute 77', since: undefined })
  })
})

test('answers to per-CPU statistics of expectations come under the type of another message', () => {
  const { type } = conntrackMessage.getCtrzero
  expect(tableOf(everything, type, 0x1)).toBe(conntrack)
  expect(tableOf(everything, type, 0x2)).toBe(statsExpect)
})

test('names of messages and error numbers', () => {
  expect([0x100, 0x302, 0x902, 2, 4, 16, 0xa01, 0x601, 0xff07, 9].map((type) => messageName(everything, type))).toEqual(
    [
      'IPCTNL_MSG_CT_NEW',
      'NFQNL_MSG_CONFIG',
      'NFNL_MSG_CTHELPER_DEL',
      'NLMSG_ERROR',
      'NLMSG_OVERRUN',
      'NFNL_MSG_BATCH_BEGIN',
      'NFT_MSG_GETTABLE',
      'NFNL_SUBSYS_IPSET message 1',
      'netfilter subsystem 255 message 7',
      'netlink control message 9',
    ],
  )
  for (const [name, number] of Object.entries(errno)) expect(errnoName(number)).toBe(name)
  expect(errnoName(9999)).toBe('errno 9999')
})
