import { describe, expect, test } from 'vitest'
import {
  attributeAt,
  decode,
  decodeAck,
  echoedMessage,
  encodeAck,
  encodeDone,
  type Infer,
  Message,
  messages,
  type Table,
  tableOf,
} from '../src/index.ts'
import { encodeMessage, netfilterOf } from '../src/nfnetlink/header.ts'
import { everything } from './everything.ts'
import { answers, done, extended, type Golden, received, sent } from './golden.ts'
import { recordedMessages, recordings } from './recordings.ts'

const one = (bytes: Uint8Array): Message => [...messages(bytes)][0]!
const attributes = (message: Message, table: Table): Infer<Table> => {
  const { bytes, start, end } = netfilterOf(message).attrs
  return decode(table, bytes, start, end)
}
const headerOf = (message: Message) => ({
  type: message.type,
  flags: message.flags,
  sequence: message.sequence,
  portId: message.portId,
  family: netfilterOf(message).family,
  version: netfilterOf(message).version,
  resourceId: netfilterOf(message).resourceId,
})
const encoded = ({ header, table, value }: Golden) => encodeMessage(header, table, value as Infer<Table>)
const padded = (message: Message): number[] => {
  const bytes = [...message.bytes.subarray(message.start, message.end)]
  while (bytes.length % 4 !== 0) bytes.push(0)
  return bytes
}

describe('what we send is byte for byte what the kernel took', () => {
  test.each(Object.entries(sent))('%s', (_, golden) => {
    expect(encoded(golden)).toEqual(golden.bytes)
  })
})

describe('what was sent decodes to what we meant', () => {
  test.each(Object.entries({ ...sent, ...received }))('%s', (_, golden) => {
    const message = one(golden.bytes)
    expect(attributes(message, golden.table)).toEqual(golden.value)
    expect(headerOf(message)).toMatchObject(golden.header)
    expect(tableOf(everything, message.type, message.flags)).toBe(golden.table)
  })
})

describe('what the kernel sends encodes to the same bytes, but for its last padding and lengths', () => {
  test.each(Object.entries(received))('%s', (_, golden) => {
    const again = one(encoded(golden))
    expect(padded(again).slice(4)).toEqual(padded(one(golden.bytes)).slice(4))
  })
})

describe('answers', () => {
  test.each(Object.entries(answers))('%s', (_, { bytes, errno, request }) => {
    const message = one(bytes)
    expect(decodeAck(message)).toEqual({ errno, extended: {} })
    const echoed = echoedMessage(message)
    expect(echoed.bytes.subarray(echoed.start, echoed.end)).toEqual(request)
    const full = Object.values(sent).find(
      (golden) => golden.bytes.subarray(0, 16).join() === request.subarray(0, 16).join(),
    )!
    expect(encodeAck(full.bytes, { errno, portId: 0x1234 })).toEqual(bytes)
  })

  test('an extended acknowledgement says what was wrong, where, and what would have been right', () => {
    const ack = decodeAck(one(extended.answer))
    expect(ack).toEqual({
      errno: 34,
      extended: {
        msg: 'Attribute failed policy validation',
        offs: 20,
        policy: { minValueU: 0n, maxValueU: 0xffff_ffffn, type: 4 },
      },
    })
    expect(attributeAt(extended.request, ack.extended.offs!, everything)?.name).toBe('NFQA_CFG_QUEUE_MAXLEN')
    expect(encodeAck(extended.request, { ...ack, portId: 0x1234, capped: true })).toEqual(extended.answer)
  })

  test('the end of a dump', () => {
    expect(decodeAck(one(done))).toEqual({ errno: 0, extended: {} })
    expect(encodeDone(13, { errno: 0, portId: 0x1234 })).toEqual(done)
  })
})

/** User-space programs need not build their requests as we do: nests without their bit, say. The kernel always does. */
const fromKernel = recordedMessages.filter((message) => message.type >= 0x100 && (message.flags & 1) === 0)

describe('recordings', () => {
  test('there are some of every kind', () => {
    expect(recordings.size).toBeGreaterThanOrEqual(11)
    expect(recordedMessages.length).toBeGreaterThan(700)
    expect(fromKernel.length).toBeGreaterThan(300)
  })

  test.each([...recordings])('%s: every message decodes, and encodes to the same value', (_, datagrams) => {
    for (const message of datagrams.flatMap((datagram) => [...messages(datagram)])) {
      if (message.type < 16) {
        if (message.type === 2 || message.type === 3) decodeAck(message)
        continue
      }
      const table = tableOf(everything, message.type, message.flags)
      const value = attributes(message, table)
      expect(attributes(one(encodeMessage(headerOf(message), table, value)), table)).toEqual(value)
    }
  })

  test('what the kernel sent encodes to the same bytes', () => {
    for (const message of fromKernel) {
      const table = tableOf(everything, message.type, message.flags)
      if (table.slots.length === 0) continue // another subsystem's: its nests are unknown
      const again = encodeMessage(headerOf(message), table, attributes(message, table))
      expect(padded(new Message(again, 0, again.length)).slice(4)).toEqual(padded(message).slice(4))
    }
  })

  test('no attribute of the subsystems we know lacks a row', () => {
    for (const message of recordedMessages) {
      const table = tableOf(everything, message.type, message.flags)
      if (message.type < 16 || table.slots.length === 0) continue
      expect(
        JSON.stringify(attributes(message, table), (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
      ).not.toContain('"unknown"')
    }
  })
})
