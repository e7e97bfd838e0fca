import { compliance, Inbox } from '@nfkit/netlink-transport/compliance'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { faulty, SimulatedKernel, type TransportFault } from '../src/index.ts'
import { config } from './queueing.ts'
import { attribute, message } from './talk.ts'

const pfBind = message(0x302, { flags: 0 }, attribute(1, '03000002'))

compliance(
  'a transport with faults, while there are none',
  () => {
    const kernel = new SimulatedKernel()
    const socket = kernel.connect()
    return {
      transport: faulty(socket),
      heir: () => faulty(socket.heir()),
      request: pfBind,
      intrude: (portId, datagram) => {
        const stranger = kernel.socket({ processId: 77 })
        stranger.bind()
        stranger.send(datagram, portId)
        stranger.close()
      },
    }
  },
  { describe, test, beforeEach, afterEach },
)

const faults: readonly TransportFault[] = [
  { kind: 'send error', code: 'ENOBUFS' },
  { kind: 'send error', code: 'EAGAIN', times: 3 },
  { kind: 'read error', code: 'EINTR' },
  { kind: 'overrun' },
  { kind: 'overrun', at: 2 },
  { kind: 'truncated datagram', at: 2, length: 10 },
  { kind: 'damaged datagram', at: 3, offset: 8, byte: 99 },
  { kind: 'lost answer', at: 3 },
  { kind: 'delayed answer', at: 2, turns: 3 },
  { kind: 'reordered messages' },
  { kind: 'slow consumer', datagrams: 1 },
]

/** Five requests, and what comes of them: the errors of sending, the answers in order, the errors of reading. */
async function story(fault: TransportFault, where: 'in the kernel' | 'in the transport') {
  const kernel = new SimulatedKernel()
  const socket = kernel.connect()
  const transport = where === 'in the kernel' ? socket : faulty(socket)
  const inbox = new Inbox()
  transport.receive(inbox)
  if ('inject' in transport) transport.inject(fault)
  else kernel.inject(fault, transport)
  const refused: number[] = []
  for (let sequence = 1; sequence <= 5; sequence++) {
    try {
      transport.send(message(0x302, { sequence, resourceId: sequence }, config.bind))
    } catch {
      refused.push(sequence)
    }
  }
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve))
  const errors = inbox.errors.map((error) => (error as { code: string }).code)
  return { refused, sequences: [...inbox.sequences].sort(), errors, dropped: transport.counters().dropped > 0 }
}

test.each(faults)('$kind does to any transport what it does to a simulated one', async (fault) => {
  const plain = await story({ kind: 'slow consumer', datagrams: 64 }, 'in the transport')
  expect(plain).toEqual({ refused: [], sequences: [1, 2, 3, 4, 5], errors: [], dropped: false })
  const inTransport = await story(fault, 'in the transport')
  const inKernel = await story(fault, 'in the kernel')
  // A congested socket of the kernel loses what follows, too; here the next datagram finds room.
  if (fault.kind === 'overrun') {
    const lost = fault.at ?? 1
    const sequences = [1, 2, 3, 4, 5].filter((sequence) => sequence !== lost)
    expect(inTransport).toEqual({ refused: [], sequences, errors: ['ENOBUFS'], dropped: true })
    expect(inKernel).toMatchObject({ errors: ['ENOBUFS'], dropped: true })
  } else expect(inTransport).toEqual(inKernel)
})

test('the order of what one turn reads is another', async () => {
  const transport = faulty(new SimulatedKernel().connect())
  const inbox = new Inbox()
  transport.receive(inbox)
  transport.inject({ kind: 'reordered messages' })
  for (let sequence = 1; sequence <= 5; sequence++)
    transport.send(message(0x302, { sequence, resourceId: sequence }, config.bind))
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(inbox.sequences).not.toEqual([1, 2, 3, 4, 5])
  expect([...inbox.sequences].sort()).toEqual([1, 2, 3, 4, 5])
})

test('what waits for a slow consumer waits while the transport is paused, and is gone when it is closed', async () => {
  const transport = faulty(new SimulatedKernel().connect())
  const inbox = new Inbox()
  transport.receive(inbox)
  transport.inject({ kind: 'slow consumer', datagrams: 1 })
  for (let sequence = 1; sequence <= 5; sequence++)
    transport.send(message(0x302, { sequence, resourceId: sequence }, config.bind))
  const turns = async () => {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  await turns()
  transport.pause()
  const before = inbox.sequences.length
  await turns()
  expect(inbox.sequences).toHaveLength(before)
  transport.resume()
  await turns()
  expect(inbox.sequences.length).toBeGreaterThan(before)
  const { length } = inbox.sequences
  transport.close()
  await turns()
  expect(inbox.sequences).toHaveLength(length)
})
