import { control, decodeAck, errno, messageFlags, putU16, putU32, setSequence, u16 } from '@nfkit/netlink-codec'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { TransportError } from './errors.ts'
import { datagrams, Inbox } from './inbox.ts'
import type { Batch, Transport } from './transport.ts'

export { datagrams, Inbox }

/** What the suite needs of an implementation. */
export interface Subject {
  /** Newly opened, nothing received yet. The suite closes it. */
  readonly transport: Transport
  /** One message that changes nothing and is never refused: an `NFQNL_MSG_CONFIG` with PF_BIND, say. */
  readonly request: Uint8Array
  /** Have another process send a datagram to a port id, and return when it was sent. Without it, that claim is skipped. */
  readonly intrude?: ((portId: number, datagram: Uint8Array) => void | Promise<void>) | undefined
}

/** What every `Transport` does. Call it at the top of a vitest file. */
export function compliance(name: string, factory: () => Subject | Promise<Subject>): void {
  describe(`${name} is a transport`, () => {
    let subject: Subject
    let transport: Transport
    let inbox: Inbox

    beforeEach(async () => {
      subject = await factory()
      transport = subject.transport
      inbox = new Inbox()
    })
    afterEach(() => transport.close())

    /** The request, to be acknowledged. */
    const numbered = (sequence: number): Uint8Array => {
      const request = subject.request.slice()
      putU16(request, 6, u16(request, 6) | messageFlags.request | messageFlags.ack)
      setSequence(request, sequence)
      return request
    }
    const ask = (sequence: number) => transport.send(numbered(sequence))
    const answered = (...sequences: number[]) => inbox.until(() => sequences.every((n) => inbox.sequences.includes(n)))
    const refusal = (syscall: string, code: string) =>
      expect.objectContaining({ name: 'TransportError', syscall, code, message: expect.stringContaining(code) })

    test('has a port id of its own, which answers carry', async () => {
      const sibling = transport.sibling()
      onTestFinished(() => sibling.close())
      for (const { portId } of [transport, sibling]) expect(portId).toSatisfy(isPortId)
      expect(sibling.portId).not.toBe(transport.portId)
      transport.receive(inbox)
      ask(1)
      await answered(1)
      expect(inbox.messages[0]?.portId).toBe(transport.portId)
    })

    test('answers what is sent, in order, a datagram each', async () => {
      transport.receive(inbox)
      for (let n = 1; n <= 50; n++) ask(n)
      await answered(50)
      expect(inbox.sequences).toEqual(range(1, 50))
      for (const message of inbox.messages) {
        expect(message.type).toBe(control.error)
        expect(decodeAck(message).errno).toBe(0)
      }
    })

    test('delivers later, never from within send', async () => {
      let sending = false
      let nested = false
      transport.receive(inbox)
      const send = (n: number) => {
        sending = true
        ask(n)
        sending = false
      }
      inbox.onBatch = (batch) => {
        nested ||= sending
        batch.release()
        if (inbox.messages.length < 5) send(inbox.messages.length + 1)
      }
      send(1)
      expect(inbox.messages).toEqual([])
      await answered(5)
      expect(nested).toBe(false)
    })

    test('answers each of many messages in one send, in order', async () => {
      transport.receive(inbox)
      transport.send(concatenated(range(1, 100).map(numbered)))
      await answered(100)
      expect(inbox.sequences).toEqual(range(1, 100))
    })

    test('goes on after a message that is refused', async () => {
      const refused = numbered(2)
      putU16(refused, 4, 0x7f00) // no such subsystem
      transport.receive(inbox)
      transport.send(concatenated([numbered(1), refused, numbered(3)]))
      await answered(3)
      expect(inbox.messages.map((message) => decodeAck(message).errno)).toEqual([0, errno.EINVAL, 0])
    })

    test('copies what is sent before send returns', async () => {
      transport.receive(inbox)
      const datagram = numbered(1)
      transport.send(datagram)
      setSequence(datagram, 99)
      await answered(1)
      expect(inbox.sequences).toEqual([1])
    })

    test('sends from a view into larger memory', async () => {
      transport.receive(inbox)
      const request = numbered(1)
      const memory = new Uint8Array(request.length + 24).fill(0xff)
      memory.set(request, 12)
      transport.send(memory.subarray(12, 12 + request.length))
      await answered(1)
      expect(decodeAck(inbox.messages[0]!).errno).toBe(0)
    })

    test('takes a datagram of sendLimit bytes and refuses a longer one as a whole', async () => {
      transport.receive(inbox)
      const padded = (n: number, length: number) => concatenated([numbered(n), new Uint8Array(length)]).slice(0, length)
      expect(() => transport.send(padded(1, transport.sendLimit + 1))).toThrow(refusal('sendto', 'EMSGSIZE'))
      transport.send(padded(2, transport.sendLimit))
      await answered(2)
      ask(3)
      await answered(3)
      expect(inbox.sequences).toEqual([2, 3])
    })

    test('refuses an empty datagram', () => {
      expect(() => transport.send(new Uint8Array())).toThrow(refusal('sendto', 'ENODATA'))
    })

    test('hands out whole datagrams inside the bytes of their batch', async () => {
      const batches: { spans: number[]; size: number; length: number }[] = []
      transport.receive(inbox)
      inbox.onBatch = (batch) => {
        batches.push({ spans: [...batch.spans], size: batch.bytes.length, length: batch.length })
        batch.release()
      }
      for (let n = 1; n <= 10; n++) ask(n)
      await answered(10)
      for (const { spans, size, length } of batches) {
        expect(length).toBeGreaterThan(0)
        expect(spans.length).toBeGreaterThanOrEqual(2 * length)
        for (let i = 0; i < length; i++) {
          expect(spans[2 * i]).toBeGreaterThanOrEqual(0)
          expect(spans[2 * i + 1]).toBe(36)
          expect(spans[2 * i]! + spans[2 * i + 1]!).toBeLessThanOrEqual(size)
        }
      }
    })

    test('leaves leased bytes alone, and goes on when they are released in any order', async () => {
      const leased: { batch: Batch; spans: Int32Array; copies: Uint8Array[] }[] = []
      transport.receive(inbox)
      inbox.onBatch = (batch) => leased.push({ batch, spans: batch.spans.slice(), copies: datagrams(batch) })
      const rounds = 200
      for (let n = 1; n <= rounds; n++) {
        for (let i = 0; i < n % 4; i++) ask(1000 + n)
        ask(n)
        await answered(n)
      }
      for (const { batch, spans, copies } of leased) {
        expect(datagrams({ ...batch, bytes: batch.bytes, length: copies.length, spans })).toEqual(copies)
      }
      for (const { batch } of leased.filter((_, i) => i % 2)) batch.release()
      for (const { batch } of leased.filter((_, i) => i % 2 === 0)) batch.release()
      ask(rounds + 1)
      await answered(rounds + 1)
    })

    test('delivers nothing while paused, and what waited after resume', async () => {
      transport.receive(inbox)
      ask(1)
      await answered(1)
      transport.pause()
      ask(2)
      await turns()
      expect(inbox.sequences).toEqual([1])
      transport.resume()
      ask(3)
      await answered(3)
      expect(inbox.sequences).toEqual([1, 2, 3])
    })

    test('may be paused before it receives, from within a batch, and twice', async () => {
      transport.pause()
      transport.pause()
      transport.receive(inbox)
      ask(1)
      await turns()
      expect(inbox.messages).toEqual([])
      transport.resume()
      transport.resume()
      await answered(1)
      inbox.onBatch = (batch) => {
        batch.release()
        transport.pause()
      }
      ask(2)
      await answered(2)
      ask(3)
      await turns()
      expect(inbox.sequences).toEqual([1, 2])
      transport.resume()
      await answered(3)
    })

    test('has one receiver for its whole life', () => {
      transport.receive(inbox)
      expect(() => transport.receive(new Inbox())).toThrow()
    })

    test('reports what a receiver throws as uncaught, and goes on', async () => {
      const thrown: unknown[] = []
      catchUncaught((error) => thrown.push(error))
      transport.receive(inbox)
      const mistake = new Error('a mistake in a receiver')
      inbox.onBatch = (batch) => {
        batch.release()
        inbox.onBatch = (next) => next.release()
        throw mistake
      }
      ask(1)
      await answered(1)
      ask(2)
      await answered(2)
      await turns()
      expect(thrown).toEqual([mistake])
    })

    test('runs microtasks and ticks after each batch, before the next turn', async () => {
      const order: string[] = []
      transport.receive(inbox)
      inbox.onBatch = (batch) => {
        batch.release()
        setImmediate(() => order.push('immediate'))
        process.nextTick(() => order.push('tick'))
        queueMicrotask(() => order.push('microtask'))
      }
      ask(1)
      await inbox.until(() => order.includes('immediate') || inbox.messages.length > 0)
      await turns()
      expect(order).toEqual(['tick', 'microtask', 'immediate'])
    })

    test('delivers nothing after close, which may be called twice, and from within a batch', async () => {
      transport.receive(inbox)
      inbox.onBatch = (batch) => {
        batch.release()
        transport.close()
      }
      ask(1)
      await answered(1)
      await turns()
      transport.close()
      expect(inbox.sequences).toEqual([1])
      const sibling = (await factory()).transport
      const other = new Inbox()
      sibling.receive(other)
      sibling.send(numbered(2))
      sibling.close()
      sibling.close()
      await turns()
      expect(other.messages).toEqual([])
      expect(other.errors).toEqual([])
    })

    test('a batch may be released after close', async () => {
      transport.receive(inbox)
      let last: Batch | undefined
      inbox.onBatch = (batch) => {
        last = batch
      }
      ask(1)
      await answered(1)
      transport.close()
      expect(last?.bytes.length).toBeGreaterThan(0)
      last?.release()
    })

    test('siblings live and die apart', async () => {
      const sibling = transport.sibling()
      const cousin = sibling.sibling()
      onTestFinished(() => cousin.close())
      sibling.close()
      transport.receive(inbox)
      ask(1)
      await answered(1)
      const other = new Inbox()
      cousin.receive(other)
      cousin.send(numbered(7))
      await other.until(() => other.messages.length > 0)
      expect(other.sequences).toEqual([7])
      expect(inbox.sequences).toEqual([1])
    })

    test('grants buffer sizes in the unit they are asked in, and keeps sendLimit current', () => {
      const granted = transport.resize({ receive: 65_536, send: 131_072 })
      expect(granted).toEqual({ receive: 65_536, send: 131_072 })
      expect(transport.sendLimit).toBe(131_072 - 32)
      expect(transport.resize({})).toEqual(granted)
      expect(transport.counters()).toMatchObject({ dropped: 0, receiveQueued: 0, receiveBuffer: 65_536 })
      expect(transport.resize({ receive: 131_072 })).toEqual({ receive: 131_072, send: 131_072 })
    })

    test('counts what waits', async () => {
      ask(1)
      expect(transport.counters().receiveQueued).toBeGreaterThan(0)
      transport.receive(inbox)
      await answered(1)
      expect(transport.counters().receiveQueued).toBe(0)
    })

    test.each([false, true])('survives an overrun, with noEnobufs %s', async (noEnobufs) => {
      transport.set('noEnobufs', noEnobufs)
      transport.resize({ receive: 8_192 })
      transport.receive(inbox)
      for (let round = 1; round <= 20; round++) {
        transport.send(concatenated(range(1, 500).map(numbered)))
        await inbox.until(() => inbox.sequences.includes(1))
        // Read everything before asking again: a congested socket takes no answer.
        await turns()
        ask(1000 + round)
        await answered(1000 + round)
        expect(inbox.messages.length).toBeLessThan(500)
        inbox.messages.length = 0
      }
      expect(transport.counters().dropped).toBeGreaterThan(0)
      if (noEnobufs) expect(inbox.errors).toEqual([])
      else expect(inbox.errors).toContainEqual(refusal('recvmmsg', 'ENOBUFS'))
      for (const error of inbox.errors) expect(error).toBeInstanceOf(TransportError)
    })

    test('leaves out the request from a refusal when told so (capAck)', async () => {
      const refused = (n: number) => {
        const request = numbered(n)
        putU16(request, 4, 0x7f00)
        return request
      }
      transport.receive(inbox)
      transport.set('capAck', true)
      transport.send(refused(1))
      transport.set('capAck', false)
      transport.send(refused(2))
      await answered(1, 2)
      const [capped, whole] = inbox.messages
      expect(capped!.flags & messageFlags.capped).toBe(messageFlags.capped)
      expect(capped!.end).toBe(36)
      expect(whole!.flags & messageFlags.capped).toBe(0)
      expect(whole!.end).toBeGreaterThanOrEqual(36 + subject.request.length - 16)
    })

    test.each(['noEnobufs', 'broadcastError', 'extendedAck', 'capAck'] as const)('knows the option %s', (option) => {
      transport.set(option, true)
      transport.set(option, false)
    })

    test('joins and leaves a group, or says that it may not', () => {
      try {
        transport.join(1)
        transport.leave(1)
      } catch (error) {
        expect(error).toEqual(refusal('setsockopt', 'EPERM'))
      }
    })

    test.each([0, 33])('refuses group %s', (group) => {
      expect(() => transport.join(group)).toThrow(expect.toSatisfy((error) => isRefusal(error, ['EINVAL', 'EPERM'])))
    })

    test('delivers what a filter accepts', async () => {
      const [ret, load, jumpIfEqual] = [0x06, 0x20, 0x15]
      const answersTo = (sequence: number) => {
        const hostOrder = new Uint8Array(4)
        putU32(hostOrder, 0, sequence)
        return [
          { code: load, jt: 0, jf: 0, k: 8 },
          { code: jumpIfEqual, jt: 0, jf: 1, k: new DataView(hostOrder.buffer).getUint32(0) },
          { code: ret, jt: 0, jf: 0, k: 0xffff_ffff },
          { code: ret, jt: 0, jf: 0, k: 0 },
        ]
      }
      transport.receive(inbox)
      transport.filter(answersTo(2))
      for (let n = 1; n <= 3; n++) ask(n)
      transport.filter(undefined)
      ask(4)
      await answered(4)
      expect(inbox.sequences).toEqual([2, 4])
      transport.filter(undefined)
    })

    test('refuses a filter that is none', () => {
      expect(() => transport.filter([])).toThrow(refusal('setsockopt', 'EINVAL'))
      expect(() => transport.filter([{ code: 0xffff, jt: 0, jf: 0, k: 0 }])).toThrow(refusal('setsockopt', 'EINVAL'))
    })

    test('knows no name of an interface that is not there', () => {
      expect(transport.interfaceName?.(0x7fff_fff0)).toBeUndefined()
    })

    test('drops what other processes send', async ({ skip }) => {
      const { intrude } = subject
      if (!intrude) return skip('this implementation has no other processes')
      transport.receive(inbox)
      await intrude(transport.portId, numbered(66))
      ask(1)
      await answered(1)
      expect(inbox.sequences).toEqual([1])
      expect(inbox.errors).toEqual([])
    })
  })
}

const isPortId = (n: number) => Number.isInteger(n) && n > 0 && n <= 0xffff_ffff

const isRefusal = (error: unknown, codes: string[]) => error instanceof TransportError && codes.includes(error.code)

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Long enough for anything that waits to be delivered. */
async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** Take uncaught exceptions away from the test runner until the test ends. */
function catchUncaught(listener: (error: unknown) => void): void {
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', listener)
  onTestFinished(() => {
    process.off('uncaughtException', listener)
    for (const other of others) process.on('uncaughtException', other)
  })
}
