import { AsyncLocalStorage } from 'node:async_hooks'
import { setFlagsFromString } from 'node:v8'
import { control, Message, messageFlags, u32 } from '@nfkit/netlink-codec'
import { conntrack, conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { datagrams, Inbox } from '@nfkit/netlink-transport/compliance'
import { expect, onTestFinished, test } from 'vitest'
import { collect } from '../../../test/garbage.ts'
import { type MnlOptions, openMnl } from '../src/index.ts'
import { refused, request, requests } from './request.ts'
import { sendAs } from './stranger.ts'
import { wakeUps } from './wake-up.ts'

function opened(options: MnlOptions = {}) {
  const transport = openMnl(options)
  onTestFinished(() => transport.close())
  const inbox = new Inbox()
  transport.receive(inbox)
  return { transport, inbox }
}

const together = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]))

test('a datagram longer than a slot is an error, and what came around it is delivered', async () => {
  const { transport, inbox } = opened({ slotSize: 256, turnMicroseconds: 1_000_000 })
  transport.send(together(request(1), refused(2, 800), refused(3, 100), refused(4, 240), request(5)))
  await inbox.until(() => inbox.errors.length > 0)
  expect(inbox.sequences).toEqual([1, 3, 5])
  expect(inbox.errors).toEqual([
    expect.objectContaining({
      name: 'TransportError',
      syscall: 'recvmmsg',
      code: 'EMSGSIZE',
      message: expect.stringContaining('slotSize'),
    }),
  ])
  transport.send(request(6))
  await inbox.until(() => inbox.sequences.includes(6))
})

test('an overrun is told behind all that came before it, which one turn reads', async () => {
  const transport = openMnl({ slots: 4, bursts: 1_000, turnMicroseconds: 1_000_000, buffers: { receive: 65_536 } })
  onTestFinished(() => transport.close())
  const told: (number | string)[] = []
  const inbox = new Inbox()
  transport.receive({
    batch: (batch) => {
      told.push(batch.length)
      // Nothing overtakes it.
      transport.readNow()
      inbox.batch(batch)
    },
    error: (error) => {
      told.push(error.code)
      inbox.error(error)
    },
  })
  transport.send(requests(500))
  await inbox.until(() => inbox.errors.length > 0)
  expect(told.length).toBeGreaterThan(3)
  expect(told.indexOf('ENOBUFS')).toBe(told.length - 1)
  const before = inbox.messages.length
  await new Promise((later) => setTimeout(later, 50))
  expect(inbox.sequences).toEqual(Array.from({ length: before }, (_, i) => i + 1))
  transport.send(request(501))
  await inbox.until(() => inbox.sequences.includes(501))
  expect(told.at(-1)).toBe(1)
})

test('what another process sends to a group is counted, not delivered', async () => {
  const { transport, inbox } = opened()
  transport.join(1)
  await sendAs(0, 1, request(1))
  transport.send(request(2))
  await inbox.until(() => inbox.messages.length > 0)
  expect(inbox.sequences).toEqual([2])
  expect(transport.counters().foreign).toBe(1)
})

test('a slot that exactly fits loses nothing', async () => {
  const { transport, inbox } = opened({ slotSize: 256 })
  transport.send(refused(1, 256 - 20))
  await inbox.until(() => inbox.messages.length > 0)
  expect(inbox.messages[0]?.end).toBe(256)
})

test('a burst of short datagrams keeps no megabytes, and one with a long datagram lies in one piece', async () => {
  // Time enough for each burst to be one: memory that is written to for the first time may take longer than a turn.
  const { transport, inbox } = opened({ turnMicroseconds: 500_000 })
  transport.pause()
  const memory: number[] = []
  inbox.onBatch = (batch) => {
    memory.push(batch.bytes.buffer.byteLength)
    batch.release()
  }
  const burst = async (...lengths: number[]) => {
    const first = inbox.messages.length
    // The kernel's word, and what is repeated behind it.
    transport.send(together(...lengths.map((length, i) => refused(first + i, length - 20))))
    transport.resume()
    await inbox.until(() => inbox.messages.length === first + lengths.length)
    transport.pause()
    const got = inbox.messages.slice(first)
    expect(got.map(({ start, end }) => end - start)).toEqual(lengths)
    for (const [i, { bytes, start, end }] of got.entries())
      expect(bytes.slice(start + 20, end)).toEqual(refused(first + i, lengths[i]! - 20))
    return memory.splice(0)
  }
  expect(await burst(100, 2_112, 56)).toEqual([62 * 2_112])
  expect(await burst(100, 2_116, 56)).toEqual([62 * 67_648])
  expect(await burst(60_000, 56, 2_112, 20_000)).toEqual([62 * 67_648])
  expect(await burst(56)).toEqual([62 * 2_112])
})

test.each([1, 2, 3, 62])('bursts of %s datagrams deliver all, whoever keeps them', async (slots) => {
  const { transport, inbox } = opened({ slots })
  const kept: Array<() => void> = []
  inbox.onBatch = (batch) => {
    expect(batch.length).toBeLessThanOrEqual(slots)
    kept.push(() => batch.release())
    if (kept.length > 3) kept.splice(kept.length % 3, 1)[0]!()
  }
  transport.send(requests(200))
  await inbox.until(() => inbox.messages.length >= 200)
  expect(inbox.sequences).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
})

test('a turn ends after the bursts it may receive, and other work gets its turn', async () => {
  const { transport, inbox } = opened({ slots: 4, bursts: 2, turnMicroseconds: 1_000_000 })
  const perTurn: number[] = []
  let turn = 0
  inbox.onBatch = (batch) => {
    turn += batch.length
    batch.release()
    if (turn === batch.length) {
      setImmediate(() => {
        perTurn.push(turn)
        turn = 0
      })
    }
  }
  transport.send(requests(40))
  await inbox.until(() => inbox.messages.length === 40)
  await new Promise((resolve) => setImmediate(resolve))
  expect(perTurn).toEqual([8, 8, 8, 8, 8])
})

test('a dump is read a few datagrams at a time, for the kernel makes them while it is read', async () => {
  const { transport, inbox } = opened()
  const entries = 6_000
  for (let n = 0; n < entries; n++) {
    const [a, b] = [
      { v4Src: Uint8Array.of(10, 0, n >> 8, n), v4Dst: Uint8Array.of(10, 1, 0, 1) },
      { v4Src: Uint8Array.of(10, 1, 0, 1), v4Dst: Uint8Array.of(10, 0, n >> 8, n) },
    ]
    const header = { type: conntrackMessage.new.type, flags: messageFlags.request | messageFlags.create, family: 2 }
    const tuples = {
      tupleOrig: { ip: a, proto: { num: 17, srcPort: 1, dstPort: 2 } },
      tupleReply: { ip: b, proto: { num: 17, srcPort: 2, dstPort: 1 } },
      timeout: 60,
    }
    transport.send(encodeMessage(header, conntrack, tuples))
  }
  const bursts: number[] = []
  let done = false
  let bytes = 0
  inbox.onBatch = (batch) => {
    bursts.push(batch.length)
    for (const datagram of datagrams(batch)) {
      bytes += datagram.length
      done ||= new Message(datagram, 0, datagram.length).type === control.done
    }
    batch.release()
  }
  const dump = { type: conntrackMessage.get.type, flags: messageFlags.request | messageFlags.dump, family: 2 }
  transport.send(encodeMessage(dump, conntrack, {}))
  await inbox.until(() => done)
  expect(inbox.errors).toEqual([])
  expect(bytes).toBeGreaterThan(entries * 100)
  expect(Math.max(...bursts)).toBeLessThan(bytes / 32_768 / 2)
})

test('released memory is used again', async () => {
  const { transport, inbox } = opened()
  const seen = new Set<ArrayBufferLike>()
  inbox.onBatch = (batch) => {
    seen.add(batch.bytes.buffer)
    batch.release()
  }
  for (let n = 1; n <= 1000; n++) {
    transport.send(request(n))
    await inbox.until(() => inbox.sequences.at(-1) === n)
  }
  expect(seen.size).toBe(1)
})

test('a buffer of a batch cannot be given away', async () => {
  const { transport, inbox } = opened()
  let left: number | undefined
  inbox.onBatch = ({ bytes }) => {
    try {
      structuredClone(bytes, { transfer: [bytes.buffer as ArrayBuffer] })
    } catch {
      // From Node 21 on this throws; before, the bytes are copied.
    }
    left = bytes.length
  }
  transport.send(request(1))
  await inbox.until(() => inbox.messages.length > 0)
  expect(left).toBeGreaterThan(0)
})

/** As `ArrayBuffer.prototype.transfer` does it, which Node has from 22 on. */
function detach(buffer: ArrayBuffer & { transfer?: () => ArrayBuffer }): void {
  if (buffer.transfer) {
    buffer.transfer()
    return
  }
  setFlagsFromString('--allow-natives-syntax')
  new Function('buffer', '%ArrayBufferDetach(buffer)')(buffer)
}

test('memory that other code has taken away is not written to, and is told once', async (context) => {
  const { transport, inbox } = opened()
  let refused: unknown
  inbox.onBatch = (batch) => {
    try {
      detach(batch.bytes.buffer as ArrayBuffer)
    } catch (error) {
      refused = error
    }
  }
  transport.send(request(1))
  await inbox.until(() => inbox.messages.length > 0)
  if (refused) return context.skip(`from Node 24 on nobody can take it away: ${refused}`)
  transport.send(request(2))
  await inbox.until(() => inbox.errors.length > 0)
  await new Promise((resolve) => setImmediate(resolve))
  expect(inbox.sequences).toEqual([1])
  expect(inbox.errors).toEqual([expect.objectContaining({ syscall: 'recvmmsg', code: 'EFAULT' })])
})

test('what opens a socket may lack the privilege that its messages need', async (context) => {
  const { seteuid } = process
  if (!seteuid || process.geteuid?.() !== 0) return context.skip('only root can give its privileges up for a while')
  seteuid(65_534)
  const { transport, inbox } = (() => {
    try {
      return opened()
    } finally {
      seteuid(0)
    }
  })()
  transport.send(request(1))
  await inbox.until(() => inbox.messages.length > 0)
  // `struct nlmsgerr` begins with the error.
  const { bytes, start } = inbox.messages[0]!
  expect(u32(bytes, start + 16)).toBe(0)
})

test('an extended acknowledgement says what was wrong', async () => {
  const { transport, inbox } = opened()
  const bad = request(1, messageFlags.request)
  bad[20] = 5 // NFQA_CFG_CMD of one byte; its policy wants four
  transport.send(bad)
  await inbox.until(() => inbox.messages.length > 0)
  expect(inbox.messages[0]!.flags & messageFlags.ackTlvs).toBe(messageFlags.ackTlvs)
})

test('options out of range are refused before anything is opened', () => {
  for (const options of [{ slots: 0 }, { slotSize: 1 }, { bursts: 0.5 }, { portId: -1 }, { turnMicroseconds: -1 }]) {
    expect(() => openMnl(options)).toThrow(RangeError)
  }
  for (const options of [{ portId: null }, { slots: '62' }, { buffers: { receive: -1 } }, { slotSize: null }]) {
    expect(() => openMnl(options as never)).toThrow(RangeError)
  }
  expect(() => openMnl({ slotsize: 4096 } as never)).toThrow('did you mean "slotSize"?')
  expect(() => openMnl({ buffers: { recieve: 4096 } } as never)).toThrow('did you mean "receive"?')
  for (const options of [null, 5, 'netns', []]) expect(() => openMnl(options as never)).toThrow(TypeError)
  const transport = openMnl()
  onTestFinished(() => transport.close())
  expect(() => transport.resize({ receive: -1 })).toThrow(RangeError)
})

test('a port id may be chosen, once', () => {
  const first = openMnl({ portId: 0xfedc_ba98 })
  onTestFinished(() => first.close())
  expect(first.portId).toBe(0xfedc_ba98)
  expect(() => openMnl({ portId: 0xfedc_ba98 })).toThrow(
    expect.objectContaining({ syscall: 'bind', code: 'EADDRINUSE' }),
  )
  const sibling = first.sibling()
  onTestFinished(() => sibling.close())
  expect(sibling.portId).not.toBe(first.portId)
})

test('a closed socket refuses', () => {
  const transport = openMnl()
  transport.close()
  expect(() => transport.send(request())).toThrow(expect.objectContaining({ code: 'EBADF' }))
  expect(() => transport.counters()).toThrow(expect.objectContaining({ code: 'EBADF' }))
  expect(() => transport.receive(new Inbox())).toThrow(expect.objectContaining({ code: 'EBADF' }))
})

test.each(wakeUps)('a receiver is called in the context it was given in, woken up by %s', async (wakeUp) => {
  const storage = new AsyncLocalStorage<string>()
  const transport = openMnl({ wakeUp })
  onTestFinished(() => transport.close())
  const seen = new Promise((resolve) =>
    storage.run('the context', () =>
      transport.receive({
        batch(batch) {
          batch.release()
          resolve(storage.getStore())
        },
        error: resolve,
      }),
    ),
  )
  collect()
  storage.run('another one', () => transport.send(request(1)))
  expect(await seen).toBe('the context')
})
