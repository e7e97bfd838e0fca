import { expect, test } from 'vitest'
import { timeoutPolicy } from '../src/conntrack/timeout.ts'
import { Message, messageToJson, toJson } from '../src/index.ts'
import { nfqa } from '../src/nfqueue/table.ts'
import { everything } from './everything.ts'
import { extended, hex, received } from './golden.ts'
import { recordedMessages } from './recordings.ts'

const whole = (bytes: Uint8Array): Message => new Message(bytes, 0, bytes.length)

test('an event', () => {
  expect(messageToJson(whole(received['the event of its end'].bytes), everything)).toMatchInlineSnapshot(`
    {
      "attributes": {
        "countersOrig": {
          "bytes": "0",
          "packets": "0",
        },
        "countersReply": {
          "bytes": "0",
          "packets": "0",
        },
        "id": 1283935291,
        "status": 520,
        "timeout": 99,
        "timestamp": {
          "start": "1795432483913617463",
          "stop": "1795432484287080905",
        },
        "timestampEvent": "1795432484287081417",
        "tupleOrig": {
          "ip": {
            "v4Dst": "10.1.0.2",
            "v4Src": "10.1.0.1",
          },
          "proto": {
            "dstPort": 2000,
            "num": 17,
            "srcPort": 1000,
          },
        },
        "tupleReply": {
          "ip": {
            "v4Dst": "10.1.0.1",
            "v4Src": "10.1.0.2",
          },
          "proto": {
            "dstPort": 1000,
            "num": 17,
            "srcPort": 2000,
          },
        },
      },
      "family": 2,
      "flags": [],
      "message": "IPCTNL_MSG_CT_DELETE",
      "portId": 4660,
      "resourceId": 0,
      "sequence": 0,
      "type": 258,
      "version": 0,
    }
  `)
})

test('an extended acknowledgement', () => {
  expect(messageToJson(whole(extended.answer), everything, extended.request)).toMatchInlineSnapshot(`
    {
      "attribute": "NFQA_CFG_QUEUE_MAXLEN",
      "errno": 34,
      "error": "ERANGE",
      "extended": {
        "msg": "Attribute failed policy validation",
        "offs": 20,
        "policy": {
          "maxValueU": "4294967295",
          "minValueU": "0",
          "type": 4,
        },
      },
      "flags": [
        "CAPPED",
        "ACK_TLVS",
      ],
      "message": "NLMSG_ERROR",
      "portId": 4660,
      "request": {
        "flags": [
          "REQUEST",
          "ACK",
        ],
        "message": "NFQNL_MSG_CONFIG",
        "payload": "",
        "portId": 0,
        "sequence": 9,
        "type": 770,
      },
      "sequence": 9,
      "type": 2,
    }
  `)
})

test('64-bit numbers are decimal strings, bytes hexadecimal ones, addresses text', () => {
  expect(
    toJson(nfqa, {
      timestamp: { sec: 2n ** 63n, usec: 1n },
      payload: hex('00ff'),
      ct: { tupleOrig: { ip: { v6Src: hex('20010db8000000000000000000000001') } } },
      hwaddr: { hwAddrlen: 6, hwAddr: hex('02005e1000010000') },
      unknown: [{ id: 99, bytes: hex('01') }],
    }),
  ).toEqual({
    timestamp: { sec: '9223372036854775808', usec: '1' },
    payload: '00ff',
    ct: { tupleOrig: { ip: { v6Src: '2001:db8::1' } } },
    hwaddr: { hwAddrlen: 6, hwAddr: '02005e1000010000' },
    unknown: [{ id: 99, bytes: '01' }],
  })
})

test('a nest whose table a neighbour chooses', () => {
  const data = { unreplied: 30, replied: 120 }
  expect(toJson(timeoutPolicy, { l4proto: 17, data })).toEqual({ l4proto: 17, data: { unreplied: 30, replied: 120 } })
})

test('absent stays absent', () => {
  expect(toJson(nfqa, { mark: undefined })).toEqual({})
})

test('every recorded message survives JSON', () => {
  for (const message of recordedMessages) {
    const json = messageToJson(message, everything)
    expect(JSON.parse(JSON.stringify(json))).toEqual(json)
  }
})
