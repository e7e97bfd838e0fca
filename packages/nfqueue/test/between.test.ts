import { udp } from '@nfkit/ip-codec/build'
import type { Batch, Receiver, Transport } from '@nfkit/netlink-transport'
import { SimulatedKernel } from '@nfkit/simulator'
import { expect, test } from 'vitest'
import { openQueue, type Packet, type QueueOptions } from '../src/index.ts'

/** A transport of a program's own, which passes everything through but has bursts delivered in its own way. */
function between(transport: Transport, deliver: (batch: Batch, receiver: Receiver) => void): Transport {
  return new Proxy(transport, {
    get(target, key) {
      if (key === 'receive') {
        return (receiver: Receiver) =>
          target.receive({
            batch: (batch) => deliver(batch, receiver),
            error: (error) => receiver.error(error),
          })
      }
      const value = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** What becomes of so many packets, and the verdicts that the kernel refused. */
async function judged(
  count: number,
  deliver: (batch: Batch, receiver: Receiver) => void,
  handler: (packet: Packet) => void,
  options: Partial<QueueOptions> = {},
) {
  const kernel = new SimulatedKernel()
  const queue = await openQueue(between(kernel.connect(), deliver), { number: 0, ...options })
  const refused: number[] = []
  queue.on('verdictError', ({ packetId }) => refused.push(packetId))
  queue.run(handler)
  const outcomes = await Promise.all(
    Array.from({ length: count }, (_, i) => kernel.deliver(udp(`10.0.0.1:${1_000 + i} > 10.0.0.2:53`))),
  )
  await queue.close()
  kernel.assertQuiet()
  return { verdicts: outcomes.map(({ verdict }) => verdict), refused }
}

/** The first datagram alone, the others two by two. */
function inParts({ bytes, spans, length, release }: Batch, receiver: Receiver): void {
  let left = length
  for (let from = 0; from < length; ) {
    const to = Math.min(length, from === 0 ? 1 : from + 2)
    const own = { bytes, spans: spans.slice(2 * from, 2 * to), length: to - from, brief: false, abandon: () => {} }
    left -= own.length
    const isLast = left === 0
    receiver.batch({ ...own, release: () => isLast && release() })
    from = to
  }
}

test.each([false, true])(
  'a burst that is delivered in parts is judged as a whole one, with batchVerdicts %s',
  async (batchVerdicts) => {
    const { verdicts, refused } = await judged(
      8,
      inParts,
      (packet) => (packet.id === 1 || packet.id === 5 ? packet.drop() : packet.accept()),
      { batchVerdicts },
    )
    expect(verdicts).toEqual(['drop', 'accept', 'accept', 'accept', 'drop', 'accept', 'accept', 'accept'])
    expect(refused).toEqual([])
  },
)

test('a verdict that comes behind the burst, within its delivery, takes the place of none', async () => {
  const held: Packet[] = []
  const { verdicts, refused } = await judged(
    3,
    (batch, receiver) => {
      receiver.batch(batch)
      for (const packet of held.splice(0)) packet.accept()
    },
    (packet) => (packet.id === 1 ? void held.push(packet.hold()) : packet.drop()),
  )
  expect(verdicts).toEqual(['accept', 'drop', 'drop'])
  expect(refused).toEqual([])
})
