import { udp as datagramOf } from '@nfkit/ip-codec/build'
import { control, DecodeError, errno, messageFlags, messages, u32 } from '@nfkit/netlink-codec'
import { Inbox } from '@nfkit/netlink-transport/compliance'
import { expect, test } from 'vitest'
import { SocketFaults } from '../src/faults/socket-faults.ts'
import { type Fault, SimulatedKernel, type SimulatedTransport } from '../src/index.ts'
import { randomFrom } from '../src/random.ts'
import { config, configure, udp, verdict } from './queueing.ts'
import { errorAt, message } from './talk.ts'

function open(options = {}) {
  const kernel = new SimulatedKernel(options)
  const transport = kernel.connect()
  const inbox = new Inbox()
  transport.receive(inbox)
  return { kernel, transport, inbox }
}

const datagram = (port: number) => datagramOf(`192.0.2.1:${port} > 198.51.100.2:53`)

const turns = async (count = 5) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** Requests with sequence numbers 1 to `count`, each acknowledged. */
function ask(transport: SimulatedTransport, count: number): void {
  for (let sequence = 1; sequence <= count; sequence++)
    transport.send(message(0x302, { sequence, resourceId: sequence }, config.bind))
}

async function sequencesAfter(fault: Fault, count = 5, wait = 5): Promise<{ sequences: number[]; errors: string[] }> {
  const { kernel, transport, inbox } = open()
  kernel.inject(fault, transport)
  ask(transport, count)
  await turns(wait)
  return { sequences: inbox.sequences, errors: inbox.errors.map((error) => (error as { code: string }).code) }
}

test('a read error comes before what can be read, as often as asked', async () => {
  expect(await sequencesAfter({ kind: 'read error', code: 'EINTR' })).toEqual({
    sequences: [1, 2, 3, 4, 5],
    errors: ['EINTR'],
  })
})

test('an overrun at the second datagram: what came before it comes first', async () => {
  expect(await sequencesAfter({ kind: 'overrun', at: 2 })).toEqual({ sequences: [1], errors: ['ENOBUFS'] })
  expect(await sequencesAfter({ kind: 'overrun' }, 1)).toEqual({ sequences: [], errors: ['ENOBUFS'] })
})

test('a lost and a delayed answer', async () => {
  expect(await sequencesAfter({ kind: 'lost answer', at: 3 })).toMatchObject({ sequences: [1, 2, 4, 5] })
  expect(await sequencesAfter({ kind: 'delayed answer', at: 2, turns: 3 })).toMatchObject({
    sequences: [1, 3, 4, 5, 2],
  })
})

test('a delayed answer is as many turns late as was asked for', async () => {
  const turnOf = async (fault: readonly Fault[]) => {
    const { kernel, transport, inbox } = open()
    for (const one of fault) kernel.inject(one, transport)
    ask(transport, 1)
    for (let turn = 0; turn < 20; turn++) {
      if (inbox.sequences.length > 0) return turn
      await turns(1)
    }
    return undefined
  }
  const onTime = (await turnOf([]))!
  for (const late of [1, 2, 5]) expect(await turnOf([{ kind: 'delayed answer', turns: late }])).toBe(onTime + late)
})

test('a truncated datagram makes no sense to who reads it', async () => {
  const { kernel, transport, inbox } = open()
  const seen: number[] = []
  inbox.onBatch = (batch) => {
    for (let i = 0; i < batch.length; i++) seen.push(batch.spans[2 * i + 1]!)
    batch.release()
  }
  kernel.inject({ kind: 'truncated datagram', at: 2, length: 17 }, transport)
  try {
    ask(transport, 3)
    await turns()
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError)
  }
  expect(seen).toEqual([36, 17, 36])
})

test('messages come in another order, the same for one seed', async () => {
  const first = await sequencesAfter({ kind: 'reordered messages' })
  expect(first.sequences).not.toEqual([1, 2, 3, 4, 5])
  expect([...first.sequences].sort()).toEqual([1, 2, 3, 4, 5])
  expect(await sequencesAfter({ kind: 'reordered messages' })).toEqual(first)
})

test('whatever the seed, messages in another order are the same messages', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const socket = { portId: seed }
    const count = 2 + (seed % 7)
    const burst = Array.from({ length: count }, (_, i) => i)
    const faults = new SocketFaults(randomFrom(seed))
    faults.add(socket, { kind: 'reordered messages' })
    const arranged = burst.map((number) => ({ bytes: Uint8Array.of(number), from: 0, group: 0, truesize: 0 }))
    faults.arrange(socket, arranged)
    const found = arranged.map(({ bytes }) => bytes[0]!)
    expect(found.filter((number, i) => number === i)).toEqual([])
    expect(found.toSorted((a, b) => a - b)).toEqual(burst)
  }
})

test('a dump is interrupted', async () => {
  const { kernel, transport, inbox } = open()
  await kernel.deliver(udp, { queue: null })
  kernel.inject({ kind: 'interrupted dump' }, transport)
  transport.send(message(0x101, { flags: 0x301 }))
  transport.send(message(0x101, { flags: 0x301, sequence: 2 }))
  await turns()
  const interrupted = inbox.messages.map(({ flags }) => (flags & messageFlags.dumpInterrupted) !== 0)
  expect(interrupted[0]).toBe(true)
  expect(interrupted.slice(1).some(Boolean)).toBe(false)
})

test('a dump ends after its first part', async () => {
  const { kernel, transport, inbox } = open()
  for (let port = 1; port <= 40; port++) await kernel.deliver(datagram(port), { queue: null })
  kernel.inject({ kind: 'failed dump', code: 'ENOMEM' }, transport)
  transport.send(message(0x101, { flags: 0x301 }))
  await turns()
  expect(inbox.messages.slice(0, -1).every(({ type }) => type === 0x100)).toBe(true)
  const [part, done] = [inbox.messages[0]!, inbox.messages.at(-1)!]
  expect([...messages(part.bytes)].length).toBeGreaterThan(1)
  expect([done.type, u32(done.bytes, 16) | 0]).toEqual([control.done, -errno.ENOMEM])
})

test('a send fails, and the kernel hears nothing', () => {
  const { kernel, transport } = open()
  kernel.inject({ kind: 'send error', code: 'EAGAIN', times: 2 }, transport)
  const refused = expect.objectContaining({ name: 'TransportError', syscall: 'sendto', code: 'EAGAIN' })
  for (let i = 0; i < 2; i++) expect(() => transport.send(configure(0, config.bind))).toThrow(refused)
  expect(kernel.procNetlinkQueue()).toBe('')
  transport.send(configure(0, config.bind))
  expect(kernel.procNetlinkQueue()).not.toBe('')
})

test('sends fail until they are to fail no more', () => {
  const { kernel, transport } = open()
  kernel.inject({ kind: 'send error', code: 'ENOBUFS', times: Number.POSITIVE_INFINITY }, transport)
  for (let i = 0; i < 100; i++) expect(() => transport.send(configure(0, config.bind))).toThrow('ENOBUFS')
  kernel.inject({ kind: 'send error', code: 'ENOBUFS', times: 0 }, transport)
  transport.send(configure(0, config.bind))
  expect(kernel.procNetlinkQueue()).not.toBe('')
})

test('one byte of a datagram is another', async () => {
  const { kernel, transport, inbox } = open()
  kernel.inject({ kind: 'damaged datagram', at: 2, offset: 8, byte: 77 }, transport)
  ask(transport, 3)
  await turns()
  expect(inbox.sequences).toEqual([1, 77, 3])
})

test('the next socket fails: once, and not those that are open', async () => {
  const { kernel, transport, inbox } = open()
  kernel.inject({ kind: 'lost answer' }, 'next socket')
  const sibling = transport.sibling()
  const other = new Inbox()
  sibling.receive(other)
  for (const one of [transport, sibling]) ask(one as SimulatedTransport, 2)
  await turns()
  expect(inbox.sequences).toEqual([1, 2])
  expect(other.sequences).toEqual([2])
  kernel.inject({ kind: 'no socket', code: 'EMFILE' })
  expect(() => transport.sibling()).toThrow(expect.objectContaining({ syscall: 'socket', code: 'EMFILE' }))
  const sender = { kind: 'foreign sender', datagram: new Uint8Array(20) } as const
  expect(() => kernel.inject(sender, 'next socket')).toThrow(TypeError)
  expect(kernel.sockets).toHaveLength(2)
  sibling.close()
  expect(kernel.sockets).toEqual([transport.socket])
})

test('ctnetlink is gone, and the connections are not', async () => {
  const { kernel, transport, inbox } = open()
  await kernel.deliver(udp, { queue: null })
  kernel.inject({ kind: 'module gone', module: 'nf_conntrack_netlink' })
  transport.send(message(0x101, { flags: 0x305 }))
  await turns()
  expect(inbox.messages.map(({ bytes }) => errorAt(bytes))).toEqual([-22])
  expect(kernel.conntrack.entries).toHaveLength(1)
})

test('a slow consumer reads one datagram in each turn', async () => {
  const { kernel, transport, inbox } = open()
  const lengths: number[] = []
  inbox.onBatch = (batch) => {
    lengths.push(batch.length)
    batch.release()
  }
  kernel.inject({ kind: 'slow consumer', datagrams: 1 }, transport)
  ask(transport, 3)
  await turns(10)
  kernel.inject({ kind: 'slow consumer', datagrams: Number.POSITIVE_INFINITY }, transport)
  ask(transport, 3)
  await turns()
  expect(lengths).toEqual([1, 1, 1, 3])
})

test('what another process sends does not reach the receiver', async () => {
  const { kernel, transport, inbox } = open()
  kernel.inject({ kind: 'foreign sender', datagram: configure(1, config.bind) }, transport)
  expect(transport.counters().receiveQueued).toBeGreaterThan(0)
  await turns()
  expect(inbox.messages).toEqual([])
  expect(transport.counters().receiveQueued).toBe(0)
})

test('a stolen queue, an interface that goes down, a module that is gone', async () => {
  const { kernel, transport, inbox } = open()
  const answer = async (request: Uint8Array) => {
    inbox.messages.length = 0
    transport.send(request)
    await turns()
    return inbox.messages.map(({ bytes, start }) => errorAt(bytes.subarray(start)))
  }
  expect(await answer(configure(0, config.bind, config.params(2)))).toEqual([0])
  const waiting = kernel.deliver(udp, { indev: 'eth0' })
  kernel.inject({ kind: 'interface down', interface: 'eth0' })
  expect(await waiting).toMatchObject({ reason: 'interface down' })
  await turns()
  kernel.inject({ kind: 'queue stolen', queue: 0 })
  expect(await answer(verdict(0, 1, 1))).toEqual([-1])
  kernel.inject({ kind: 'module gone' })
  expect(await answer(configure(0, config.bind))).toEqual([-22])
  expect(await kernel.deliver(udp)).toMatchObject({ verdict: 'drop', reason: 'no listener' })
  expect(() => kernel.inject({ kind: 'overrun' })).toThrow(TypeError)
  expect(() => kernel.inject({ kind: 'queue stolen', queue: 7 })).toThrow(RangeError)
})

test('ids go round', async () => {
  const { kernel, transport, inbox } = open()
  transport.send(configure(0, config.bind, config.params(2)))
  kernel.inject({ kind: 'next id', queue: 0, id: 0xffff_ffff })
  for (let i = 0; i < 2; i++) void kernel.deliver(udp)
  expect(kernel.pending.map(({ id }) => id)).toEqual([0xffff_ffff, 0])
  await turns()
  expect(inbox.messages.length).toBe(3)
})

test('released memory is spoilt, and released once', async () => {
  const { kernel, transport, inbox } = open()
  let kept: Uint8Array | undefined
  inbox.onBatch = (batch) => {
    kept = batch.bytes
    expect([...messages(batch.bytes, 0, 36)]).toHaveLength(1)
    batch.release()
    expect(() => batch.release()).toThrow('released')
  }
  ask(transport, 1)
  await turns()
  expect(u32(kept!, 0)).toBe(0xdddd_dddd)
  expect(kernel.pending).toEqual([])
})
