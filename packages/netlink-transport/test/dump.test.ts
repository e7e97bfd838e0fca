import { encodeDone, messageFlags, messages, putU16, setSequence } from '@nfkit/netlink-codec'
import { expect as expectation, expectMessage } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { SimulatedKernel, type SimulatedTransport, type SocketFault } from '@nfkit/simulator'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Connection, type DumpOptions, NetlinkError } from '../src/index.ts'
import { entry, get, message, packet, portOf, protocol, sequenceOf, together, tupleOf } from './messages.ts'
import { overhear, track, turns } from './overheard.ts'
import { replayed } from './replayed.ts'

const dumpFlags = messageFlags.request | messageFlags.ack | messageFlags.dump

/** Ports 1 to `count`. */
const ports = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)

/** Entries that take the kernel so many datagrams of a dump: 16 fit into the first, over 100 into each other. */
const inTwoParts = 100
const inManyParts = 1500

interface Setting {
  readonly entries?: number
  readonly fault?: SocketFault
  readonly privileged?: boolean
}

/** A dump of a kernel's table. The fault happens to its socket. */
function dumping({ entries = 3, fault, privileged = true }: Setting = {}, options?: DumpOptions) {
  const kernel = new SimulatedKernel()
  track(kernel, ports(entries).map(packet))
  const heard = overhear(kernel.connect({ privileged }))
  const connection = new Connection(heard.transport, protocol)
  if (fault) kernel.inject(fault, 'next socket')
  onTestFinished(() => {
    for (const { transport } of heard.siblings) expect(transport.leased).toBe(0)
    expect(kernel.sockets).toEqual([heard.transport.socket])
  })
  return { ...heard, kernel, connection, dump: connection.dump(get(), options) }
}

const portsOf = (part: Uint8Array) => Array.from(messages(part), portOf)

async function parts(dump: AsyncIterable<Uint8Array>): Promise<(number | undefined)[][]> {
  const seen = []
  for await (const part of dump) seen.push(portsOf(part))
  return seen
}

/** What a dump yields until it fails. */
function untilFailure(dump: AsyncIterable<Uint8Array>): { seen: (number | undefined)[]; end: Promise<void> } {
  const seen: (number | undefined)[] = []
  const end = (async () => {
    for await (const part of dump) seen.push(...portsOf(part))
  })()
  return { seen, end }
}

function fakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
}

test('a dump yields the messages of each datagram, over a socket of its own', async () => {
  const { sent, siblings, dump } = dumping({ entries: inTwoParts })
  expect(siblings).toHaveLength(0)
  const seen = await parts(dump)
  expect(seen).toHaveLength(2)
  expect(seen.flat()).toEqual(ports(inTwoParts))
  expect(sent).toHaveLength(0)
  expect(siblings).toHaveLength(1)
  expect(siblings[0]!.sent.map((bytes) => message(bytes).flags)).toEqual([dumpFlags])
})

test('of an empty table it yields nothing', async () => {
  expect(await parts(dumping({ entries: 0 }).dump)).toEqual([])
})

test('the end may share a datagram with the last entries', async () => {
  const request = get()
  putU16(request, 6, dumpFlags)
  setSequence(request, 9)
  const last = together(entry(1, 9), entry(2, 9), encodeDone(9, { errno: 0 }))
  const connection = new Connection(
    await replayed([
      ['>', request],
      ['<', last],
    ]),
    protocol,
  )
  onTestFinished(() => connection.close())
  expect(await parts(connection.dump(get()))).toEqual([[1, 2]])
})

test('an acknowledgement ends a dump that the kernel never started', async () => {
  const { connection } = dumping()
  const header = { type: expectMessage.get.type, flags: 0, family: 2 }
  // Of a connection without a helper: ctnetlink_dump_exp_ct.
  const expectations = encodeMessage(header, expectation, { master: tupleOf(1) })
  expect(await parts(connection.dump(expectations))).toEqual([])
})

test('each iteration asks anew', async () => {
  const { siblings, dump } = dumping()
  expect(await parts(dump)).toEqual([[1, 2, 3]])
  expect(await parts(dump)).toEqual([[1, 2, 3]])
  expect(siblings.map(({ sent }) => sequenceOf(sent[0]!))).toEqual([1, 2])
})

test('two iterations at once do not disturb each other', async () => {
  const { dump } = dumping({ entries: inTwoParts })
  const both = await Promise.all([parts(dump), parts(dump)])
  expect(both.map((seen) => seen.flat())).toEqual([ports(inTwoParts), ports(inTwoParts)])
})

test('parts keep their bytes', async () => {
  const { dump } = dumping({ entries: inTwoParts })
  const kept: Uint8Array[] = []
  for await (const part of dump) kept.push(part)
  await turns()
  expect(kept.flatMap(portsOf)).toEqual(ports(inTwoParts))
})

test('parts are 16 KiB at most, so that the kernel makes none in one go that blocks others for long', async () => {
  const sizes: number[] = []
  for await (const part of dumping({ entries: inManyParts }).dump) sizes.push(part.length)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(16_384)
  expect(Math.max(...sizes)).toBeGreaterThan(16_000)
})

test('datagrams may lie anywhere in their memory', async () => {
  const kernel = new SimulatedKernel()
  track(kernel, ports(inTwoParts).map(packet))
  const transport = kernel.connect()
  const { sibling } = transport
  transport.sibling = (options) => shifted(sibling.call(transport, options))
  expect((await parts(new Connection(transport, protocol).dump(get()))).flat()).toEqual(ports(inTwoParts))
})

/** A transport whose datagrams begin where no word does. */
function shifted(transport: SimulatedTransport): SimulatedTransport {
  const { receive } = transport
  transport.receive = (receiver) =>
    receive.call(transport, {
      error: (error) => receiver.error(error),
      batch: (batch) => {
        const bytes = new Uint8Array(batch.bytes.length + 1)
        bytes.set(batch.bytes, 1)
        const spans = batch.spans.map((value, i) => (i % 2 === 0 ? value + 1 : value))
        receiver.batch({
          bytes,
          spans,
          length: batch.length,
          brief: batch.brief,
          release: () => batch.release(),
          abandon: () => batch.abandon(),
        })
      },
    })
  return transport
}

test('a slow consumer pauses the socket, and gets everything', async () => {
  const { siblings, dump } = dumping({ entries: inManyParts, fault: { kind: 'slow consumer', datagrams: 1 } })
  const seen: (number | undefined)[] = []
  const waiting: number[] = []
  for await (const part of dump) {
    seen.push(...portsOf(part))
    await turns(12)
    waiting.push(siblings[0]!.transport.counters().receiveQueued)
  }
  expect(seen).toEqual(ports(inManyParts))
  // A few datagrams are read ahead; the others wait in the socket.
  expect(waiting[0]).toBeGreaterThan(0)
  expect(waiting.at(-1)).toBe(0)
})

test('leaving the loop early closes the socket', async () => {
  const { siblings, dump } = dumping({ entries: inTwoParts })
  for await (const _ of dump) break
  expect(siblings[0]?.transport.socket.closed).toBe(true)
})

test('an iterator that is never asked opens nothing', async () => {
  const { siblings, dump } = dumping()
  await dump[Symbol.asyncIterator]().return?.()
  expect(siblings).toHaveLength(0)
})

test('a refused dump rejects with the reason', async () => {
  const { dump } = dumping({ privileged: false }, { advice: { EPERM: 'be root' } })
  await expect(parts(dump)).rejects.toMatchObject({ name: 'NetlinkError', code: 'EPERM', advice: 'be root' })
})

test('a dump that fails midway yields what came, then rejects', async () => {
  const { dump } = dumping({ entries: inTwoParts, fault: { kind: 'failed dump', code: 'ENOMEM' } })
  const { seen, end } = untilFailure(dump)
  await expect(end).rejects.toBeInstanceOf(NetlinkError)
  await expect(end).rejects.toMatchObject({ code: 'ENOMEM', request: 'IPCTNL_MSG_CT_GET' })
  expect(seen.length).toBeGreaterThan(0)
  expect(seen).toEqual(ports(seen.length))
  expect(seen.length).toBeLessThan(inTwoParts)
})

test('an overrun loses parts of a dump, so it fails', async () => {
  const { dump } = dumping({ entries: inManyParts, fault: { kind: 'overrun', at: 3 } })
  const { seen, end } = untilFailure(dump)
  await expect(end).rejects.toMatchObject({ name: 'TransportError', code: 'ENOBUFS' })
  expect(seen.length).toBeLessThan(inManyParts)
})

test('a table that changed meanwhile is an error after its last entry, unless that is fine', async () => {
  const fault = { kind: 'interrupted dump' } as const
  const { seen, end } = untilFailure(dumping({ entries: inTwoParts, fault }).dump)
  await expect(end).rejects.toMatchObject({ name: 'DumpInterruptedError', request: 'IPCTNL_MSG_CT_GET' })
  expect(seen).toEqual(ports(inTwoParts))
  const ignoring = dumping({ entries: inTwoParts, fault }, { onInterrupted: 'ignore' })
  expect((await parts(ignoring.dump)).flat()).toEqual(ports(inTwoParts))
})

test('options that cannot be are refused', async () => {
  for (const options of [
    { timeoutMilliseconds: Number.NaN },
    { timeoutMilliseconds: 2 ** 31 },
    { onInterrupted: 'trow' as never },
  ]) {
    const { dump } = dumping({}, options)
    await expect(parts(dump)).rejects.toThrow(Object.keys(options)[0])
  }
})

test('silence is an error after a while', async () => {
  fakeTimers()
  const { dump } = dumping({ fault: { kind: 'lost answer' } }, { timeoutMilliseconds: 200 })
  const iterator = dump[Symbol.asyncIterator]()
  const { value } = await iterator.next()
  expect(portsOf(value)).toEqual([1, 2, 3])
  const next = expect(iterator.next()).rejects.toMatchObject({ name: 'NoAnswerError', code: 'ETIMEDOUT' })
  await vi.advanceTimersByTimeAsync(200)
  await next
})

test('a consumer that takes its time is no silence', async () => {
  fakeTimers()
  const { dump } = dumping({ entries: inTwoParts }, { timeoutMilliseconds: 200 })
  const seen: (number | undefined)[] = []
  for await (const part of dump) {
    seen.push(...portsOf(part))
    await vi.advanceTimersByTimeAsync(10_000)
  }
  expect(seen).toEqual(ports(inTwoParts))
})

test('an abort rejects at once, with the reason, and nothing more is yielded', async () => {
  const controller = new AbortController()
  const { dump } = dumping({ entries: inManyParts }, { signal: controller.signal })
  let yielded = 0
  const consumed = (async () => {
    for await (const _ of dump) {
      yielded++
      await turns(5)
      controller.abort(new Error('enough'))
    }
  })()
  await expect(consumed).rejects.toThrow('enough')
  expect(yielded).toBe(1)
})

test('an abort beforehand opens nothing', async () => {
  const { siblings, dump } = dumping({}, { signal: AbortSignal.abort(new Error('no')) })
  await expect(parts(dump)).rejects.toThrow('no')
  expect(siblings).toHaveLength(0)
})

test('nonsense in a dump rejects', async () => {
  const { dump } = dumping({ fault: { kind: 'damaged datagram', offset: 1, byte: 0xff } })
  await expect(parts(dump)).rejects.toMatchObject({ name: 'DecodeError' })
})

test('a socket that cannot be opened rejects', async () => {
  const { kernel, dump } = dumping()
  kernel.inject({ kind: 'no socket', code: 'EMFILE' })
  await expect(parts(dump)).rejects.toMatchObject({ name: 'TransportError', syscall: 'socket', code: 'EMFILE' })
})
