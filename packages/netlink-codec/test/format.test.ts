import { expect, test } from 'vitest'
import { conntrack } from '../src/conntrack/table.ts'
import { timeoutPolicy, timeoutTcp } from '../src/conntrack/timeout.ts'
import { control, DecodeError, encodeAck, encodeAttrs, encodeDone, format, formatAttrs, Message } from '../src/index.ts'
import { encodeMessage } from '../src/nfnetlink/header.ts'
import { nfqueueMessage } from '../src/nfqueue/message.ts'
import { nfqa } from '../src/nfqueue/table.ts'
import { everything } from './everything.ts'
import { answers, extended, hex, received, sent } from './golden.ts'
import { recordedMessages } from './recordings.ts'

const whole = (bytes: Uint8Array): Message => new Message(bytes, 0, bytes.length)

test('a queued packet', () => {
  expect(format(whole(received['a packet of a local UDP sender'].bytes), everything)).toMatchInlineSnapshot(`
    "NFQNL_MSG_PACKET  flags 0  seq 0  port 0  family IPV4 (2), version 0, resourceId 7
      NFQA_PACKET_HDR packetId 1, hwProtocol 0x800, hook OUTPUT (3)
      NFQA_IFINDEX_OUTDEV 1
      NFQA_MARK 0xbeef
      NFQA_UID 0
      NFQA_GID 0
      NFQA_SKB_INFO CSUM_NOT_READY (0x1)
      NFQA_PAYLOAD 45000021762840004011c6a17f0000017f000001b92b1b58000dfe2068656c6c6f"
  `)
})

test('a request to make a flow', () => {
  expect(format(whole(sent['create a UDP flow'].bytes), everything)).toMatchInlineSnapshot(`
    "IPCTNL_MSG_CT_NEW  flags REQUEST|ACK|EXCL|CREATE  seq 10  port 0  family IPV4 (2), version 0, resourceId 0
      CTA_TUPLE_ORIG
        CTA_TUPLE_IP
          CTA_IP_V4_SRC 10.1.0.1
          CTA_IP_V4_DST 10.1.0.2
        CTA_TUPLE_PROTO
          CTA_PROTO_NUM UDP (17)
          CTA_PROTO_SRC_PORT 1000
          CTA_PROTO_DST_PORT 2000
      CTA_TUPLE_REPLY
        CTA_TUPLE_IP
          CTA_IP_V4_SRC 10.1.0.2
          CTA_IP_V4_DST 10.1.0.1
        CTA_TUPLE_PROTO
          CTA_PROTO_NUM UDP (17)
          CTA_PROTO_SRC_PORT 2000
          CTA_PROTO_DST_PORT 1000
      CTA_TIMEOUT 100"
  `)
})

test('a refusal shows the request it refuses', () => {
  expect(format(whole(answers['a refusal repeats the request'].bytes), everything)).toMatchInlineSnapshot(`
    "NLMSG_ERROR  flags 0  seq 5  port 4660
      error EOPNOTSUPP (95)
      request
        NFQNL_MSG_CONFIG  flags REQUEST|ACK  seq 5  port 0  family UNSPEC (0), version 0, resourceId 7
          NFQA_CFG_MASK CONNTRACK (0x2)
          NFQA_CFG_FLAGS CONNTRACK (0x2)"
  `)
})

test('an extended acknowledgement, and the name of the attribute it blames when the request is at hand', () => {
  expect(format(whole(extended.answer), everything, extended.request)).toMatchInlineSnapshot(`
    "NLMSG_ERROR  flags CAPPED|ACK_TLVS  seq 9  port 4660
      error ERANGE (34)
      NLMSGERR_ATTR_MSG "Attribute failed policy validation"
      NLMSGERR_ATTR_OFFS 20
      NLMSGERR_ATTR_POLICY
        NL_POLICY_TYPE_ATTR_MIN_VALUE_U 0
        NL_POLICY_TYPE_ATTR_MAX_VALUE_U 4294967295
        NL_POLICY_TYPE_ATTR_TYPE 4
      offending attribute NFQA_CFG_QUEUE_MAXLEN
      request
        NFQNL_MSG_CONFIG  flags REQUEST|ACK  seq 9  port 0"
  `)
  expect(format(whole(extended.answer), everything)).not.toContain('offending')
})

test('the end of a dump, well and ill', () => {
  expect(format(whole(encodeDone(13, { errno: 0 })), everything)).toBe(
    'NLMSG_DONE  flags MULTI  seq 13  port 0\n  success',
  )
  expect(format(whole(encodeDone(13, { errno: 28, extended: { msg: 'full' } })), everything)).toBe(
    'NLMSG_DONE  flags MULTI|ACK_TLVS  seq 13  port 0\n  error ENOSPC (28)\n  NLMSGERR_ATTR_MSG "full"',
  )
})

test('a nest whose table a neighbour chooses', () => {
  const data = { established: 432000, close: 10 }
  expect(formatAttrs(timeoutPolicy, { name: 'long', l3proto: 2, l4proto: 6, data })).toMatchInlineSnapshot(`
    "CTA_TIMEOUT_NAME "long"
    CTA_TIMEOUT_L3PROTO 2
    CTA_TIMEOUT_L4PROTO TCP (6)
    CTA_TIMEOUT_DATA
      CTA_TIMEOUT_TCP_ESTABLISHED 432000
      CTA_TIMEOUT_TCP_CLOSE 10"
  `)
  const unchosen = [{ id: timeoutPolicy.rows.data.id, bytes: encodeAttrs(timeoutTcp, data) }]
  expect(formatAttrs(timeoutPolicy, { unknown: unchosen })).toBe('CTA_TIMEOUT(4) 0800030000069780080008000000000a')
})

test('values without a name here are numbers, and attributes without a row are kept', () => {
  expect(formatAttrs(nfqa, { ctInfo: 99, skbInfo: 0x41, mark: 0 })).toBe(
    'NFQA_CT_INFO 99\nNFQA_SKB_INFO CSUM_NOT_READY|0x40 (0x41)\nNFQA_MARK 0x0',
  )
  expect(formatAttrs(conntrack, { unknown: [{ id: 99, bytes: hex('0102') }] })).toBe('CTA(99) 0102')
})

test('messages of subsystems this codec does not know', () => {
  const bytes = encodeMessage({ type: 0x060f, flags: 0, resourceId: 12 }, nfqa, { mark: 12 })
  expect(format(whole(bytes), everything)).toBe(
    'NFNL_SUBSYS_IPSET message 15  flags 0  seq 0  port 0  family UNSPEC (0), version 0, resourceId 12\n  NLA(3) 0000000c',
  )
  const short = bytes.slice(0, 18)
  expect(format(whole(short), everything)).toBe('NFNL_SUBSYS_IPSET message 15  flags 0  seq 0  port 0\n  0000')
})

test('what was refused need not be decodable', () => {
  const broken = encodeMessage({ type: nfqueueMessage.config.type, flags: 5 }, nfqa, { mark: 1 })
  broken.set([0xff, 0xff], 20)
  expect(() => format(whole(broken), everything)).toThrow(DecodeError)
  expect(format(whole(encodeAck(broken, { errno: 22 })), everything)).toContain(
    '  request\n    NFQNL_MSG_CONFIG  seq 0\n      00000000ffff030000000001',
  )
})

test('an answer that claims to answer an answer is not followed', () => {
  let bytes = sent['bind queue 7'].bytes
  for (let i = 0; i < 5000; i++) bytes = encodeAck(bytes, { errno: 1 })
  expect(bytes.length).toBeGreaterThan(100_000)
  expect(whole(bytes).type).toBe(control.error)
  expect(format(whole(bytes), everything).split('\n')).toHaveLength(4)
})

test('every recorded message has a form, and no line of it is empty', () => {
  for (const message of recordedMessages)
    for (const line of format(message, everything).split('\n')) expect(line.trim()).not.toBe('')
})
