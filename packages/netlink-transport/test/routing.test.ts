import { encodeAck, type Message, messageFlags, setSequence } from '@nfkit/netlink-codec'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Connection, NetlinkError, type Unsolicited } from '../src/index.ts'
import { entry, get, message, portOf, protocol, sequenceOf, together } from './messages.ts'
import { scripted } from './scripted.ts'

/** What requests and listeners were told, by whom. */
interface Told {
  readonly requests: readonly unknown[]
  readonly unsolicited: readonly unknown[]
}

const requests = 4

/** Messages of the kernel: answers to four requests, refusals among them, and what nobody asked for in between. */
const anyMessages = fc
  .tuple(
    fc.array(fc.record({ to: fc.integer({ min: 1, max: requests }), port: fc.integer({ min: 1, max: 99 }) }), {
      maxLength: 12,
    }),
    fc.array(fc.constantFrom(0, 22, 2), { minLength: requests, maxLength: requests }),
    fc.array(
      fc.record({
        at: fc.nat(20),
        sequence: fc.constantFrom(0, 1, 2, 9, 0xffff_0000),
        port: fc.integer({ min: 100, max: 199 }),
      }),
      {
        maxLength: 6,
      },
    ),
  )
  .map(([replies, errnos, events]) => {
    const lines = replies.map(({ to, port }) => entry(port, to))
    errnos.forEach((errno, i) => {
      const request = get()
      setSequence(request, i + 1)
      lines.push(encodeAck(request, { errno, portId: scripted.portId }))
    })
    // Events that another socket's request caused have its sequence number, and its port id.
    for (const { at, sequence, port } of events)
      lines.splice(at % (lines.length + 1), 0, foreign(entry(port, sequence)))
    return lines
  })

function foreign(bytes: Uint8Array): Uint8Array {
  new DataView(bytes.buffer).setUint32(12, 4321, new Uint8Array(Uint16Array.of(1).buffer)[0] === 1)
  return bytes
}

/** Deliver the messages in datagrams that end where `cuts` say, and hear what is made of them. */
async function told(messages: readonly Uint8Array[], cuts: ReadonlySet<number>): Promise<Told> {
  const unsolicited: unknown[] = []
  const listener: Unsolicited = {
    message: ({ sequence, bytes, start, end }: Message) =>
      unsolicited.push([sequence, portOf(message(bytes.slice(start, end)))]),
    error: (error) => unsolicited.push(String(error)),
  }
  const transport = scripted(() => [])
  const connection = new Connection(transport, protocol, listener)
  const outcomes = Array.from({ length: requests }, () => connection.request(get()))
  const settled = Promise.allSettled(outcomes)
  let datagram: Uint8Array[] = []
  messages.forEach((one, i) => {
    datagram.push(one)
    if (!cuts.has(i) && i < messages.length - 1) return
    const bytes = together(...datagram)
    connection.datagram(bytes, 0, bytes.length)
    datagram = []
  })
  connection.close()
  return {
    requests: (await settled).map((one) =>
      one.status === 'fulfilled'
        ? one.value.map((reply) => [sequenceOf(reply.bytes), portOf(reply)])
        : String(one.reason),
    ),
    unsolicited,
  }
}

test('however messages are put into datagrams, requests and listeners are told the same', async () => {
  await fc.assert(
    fc.asyncProperty(anyMessages, fc.array(fc.nat(20)), async (messages, cuts) => {
      const apart = await told(messages, new Set(messages.keys()))
      expect(await told(messages, new Set(cuts))).toEqual(apart)
      expect(await told(messages, new Set())).toEqual(apart)
    }),
  )
})

test('an answer behind an event is an answer, and an event behind an answer is an event', async () => {
  const ack = (sequence: number) => {
    const request = get()
    setSequence(request, sequence)
    return encodeAck(request, { errno: 0, portId: scripted.portId })
  }
  const messages = [entry(100, 0), entry(1, 1), foreign(entry(101, 1)), ack(1), ack(3), entry(102, 0), ack(2), ack(4)]
  expect(await told(messages, new Set())).toEqual({
    requests: [[[1, 1]], [], [], []],
    unsolicited: [
      [0, 100],
      [1, 101],
      [0, 102],
    ],
  })
})

test('a datagram that is cut within an answer rejects that request, and the answers before it count', async () => {
  const errors: unknown[] = []
  const transport = scripted(() => [])
  const connection = new Connection(transport, protocol, { message() {}, error: (error) => errors.push(error) })
  const [first, second] = [connection.request(get()), connection.request(get())]
  const request = get()
  setSequence(request, 1)
  const whole = together(encodeAck(request, { errno: 0 }), entry(2, 2))
  connection.datagram(whole, 0, whole.length - 4)
  expect(await first).toEqual([])
  await expect(second).rejects.toMatchObject({ name: 'DecodeError', where: 'nlmsghdr' })
  expect(errors).toEqual([])
  connection.datagram(whole, 0, 0)
  expect(errors).toEqual([expect.objectContaining({ name: 'DecodeError' })])
})

test('what waits is failed once each when the connection closes, and refusals name their own request', async () => {
  const transport = scripted((datagram) => [encodeAck(datagram, { errno: 2, portId: scripted.portId })])
  const connection = new Connection(transport, protocol)
  transport.receive(connection)
  const refused = await connection.request(get(7)).catch((error) => error)
  expect(refused).toBeInstanceOf(NetlinkError)
  expect(refused).toMatchObject({ code: 'ENOENT', request: 'IPCTNL_MSG_CT_GET' })
  expect(message(get()).flags & messageFlags.ack).toBe(0)
})
