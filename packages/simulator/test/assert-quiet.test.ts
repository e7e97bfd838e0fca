import { messageFlags } from '@nfkit/netlink-codec'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { nfqueueMessage, queueConfig } from '@nfkit/netlink-codec/nfqueue'
import { openQueue } from '@nfkit/nfqueue'
import { expect, test } from 'vitest'
import { LeftoverError, SimulatedKernel } from '../src/index.ts'
import { udp } from './queueing.ts'

function leftIn(kernel: SimulatedKernel): LeftoverError {
  try {
    kernel.assertQuiet()
  } catch (error) {
    if (error instanceof LeftoverError) return error
  }
  throw new Error('the kernel is quiet')
}

test('a test that closes what it opened leaves the kernel quiet', async () => {
  const kernel = new SimulatedKernel()
  kernel.assertQuiet()
  const queue = await openQueue(kernel.connect(), { number: 0 })
  queue.run((packet) => packet.accept())
  await kernel.deliver(udp)
  await queue.close()
  kernel.assertQuiet()
})

test('everything else is told of at once', async () => {
  const kernel = new SimulatedKernel()
  const transport = kernel.connect()
  const asked = { type: nfqueueMessage.config.type, flags: messageFlags.request | messageFlags.ack, resourceId: 3 }
  const batch = new Promise<{ release(): void }>((resolve) => {
    transport.receive({ batch: resolve, error() {} })
  })
  transport.send(encodeMessage(asked, queueConfig, { cmd: { command: 1, pf: 2 } }))
  transport.send(encodeMessage(asked, queueConfig, { params: { copyRange: 0, copyMode: 2 } }))
  const { release } = await batch
  transport.pause()
  const delivered = kernel.deliver(udp, { queue: 3 })
  kernel.inject({ kind: 'overrun', at: 9 }, transport)
  kernel.inject({ kind: 'slow consumer', datagrams: 1 }, transport)
  kernel.inject({ kind: 'lost answer' }, 'next socket')
  kernel.inject({ kind: 'no socket', code: 'EMFILE' })
  const { leftovers, message } = leftIn(kernel)
  expect(leftovers).toEqual([
    { kind: 'socket', where: 'port 4242', what: 'open' },
    { kind: 'batch', where: 'port 4242', what: '1 not released' },
    { kind: 'packet', where: 'queue 3', what: 'packet 1' },
    { kind: 'fault', where: 'port 4242', what: 'overrun' },
    { kind: 'fault', where: 'next socket', what: 'lost answer' },
    { kind: 'fault', where: 'next socket', what: 'no socket' },
  ])
  expect(message.split('\n').slice(0, 3)).toEqual([
    'the kernel is not quiet:',
    '  socket  port 4242    open            close what the test opened',
    '  batch   port 4242    1 not released  release each batch',
  ])
  transport.close()
  await delivered
  expect(leftIn(kernel).leftovers.map(({ kind }) => kind)).toEqual(['batch', 'fault', 'fault', 'fault'])
  release()
  expect(leftIn(kernel).leftovers.map(({ kind }) => kind)).toEqual(['fault', 'fault', 'fault'])
})

test('the socket of another process, which a fault is about, is not the test’s to close', async () => {
  const kernel = new SimulatedKernel()
  const queue = await openQueue(kernel.connect(), { number: 0 })
  kernel.inject({ kind: 'queue stolen', queue: 0 })
  await queue.close()
  expect(kernel.sockets).toHaveLength(1)
  kernel.assertQuiet()
})
