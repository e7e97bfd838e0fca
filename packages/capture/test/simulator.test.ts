import { fileURLToPath } from 'node:url'
import { errno, messageFlags } from '@nfkit/netlink-codec'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { nfqa, nfqueueMessage, QueuedPacket, queueConfig } from '@nfkit/netlink-codec/nfqueue'
import { Connection, type Transport, type TransportError } from '@nfkit/netlink-transport'
import { compliance } from '@nfkit/netlink-transport/compliance'
import { type Outcome, SimulatedKernel } from '@nfkit/simulator'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { captureFile } from '../src/file/index.ts'
import { MemorySink, readCapture, record, replayPackets } from '../src/index.ts'
import { captured } from '../src/netlink/protocol.ts'
import { replay } from './conversation.ts'

const demo = fileURLToPath(new URL('../../../apps/nfqueue-test/captures/demo.pcapng', import.meta.url))
const { request } = messageFlags
const config = (value: Parameters<typeof encodeMessage<typeof queueConfig>>[2]) =>
  encodeMessage({ type: nfqueueMessage.config.type, flags: request }, queueConfig, value)

compliance(
  'a recorded simulated socket',
  () => {
    const kernel = new SimulatedKernel()
    const socket = kernel.connect()
    return {
      transport: record(socket, new MemorySink()),
      heir: () => record(socket.heir(), new MemorySink()),
      request: config({ cmd: { command: 3, pf: 2 } }),
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

/**
 * A firewall on queue 0: drops what goes to or comes from port 22, accepts the rest, marks what it saw. With a `delay` it takes up to
 * three turns of the event loop for a packet, each in its own way.
 */
async function firewall(transport: Transport, delay = 0) {
  const decisions: string[] = []
  const errors: TransportError[] = []
  const connection = new Connection(transport, captured, {
    message({ bytes, start, end, type }) {
      if (type !== nfqueueMessage.packet.type) return
      const packet = new QueuedPacket(bytes, start, end)
      const verdict = isSsh(packet.payload) ? 0 : 1
      decisions.push(`${packet.id} ${packet.hook} ${verdict}`)
      const value = { verdictHdr: { verdict, id: packet.id }, mark: packet.id }
      const header = { type: nfqueueMessage.verdict.type, flags: request, resourceId: packet.queue }
      const judge = (turns: number): unknown =>
        turns > 0 ? setImmediate(() => judge(turns - 1)) : transport.send(encodeMessage(header, nfqa, value))
      judge((delay * packet.id * 7) % 4)
    },
    error: (error) => errors.push(error as TransportError),
  })
  transport.receive(connection)
  await connection.request(config({ cmd: { command: 1, pf: 0 } }))
  await connection.request(config({ params: { copyRange: 0xffff, copyMode: 2 } }))
  return {
    decisions,
    errors,
    async close() {
      await connection.request(config({ cmd: { command: 2, pf: 0 } }))
      connection.close()
    },
  }
}

function isSsh(packet: Uint8Array): boolean {
  const [protocol, start] = packet[0]! >> 4 === 4 ? [packet[9], (packet[0]! & 15) * 4] : [packet[6], 40]
  const port = (at: number) => (packet[start + at]! << 8) | packet[start + at + 1]!
  return protocol === 6 && (port(0) === 22 || port(2) === 22)
}

async function playDemo(kernel: SimulatedKernel, options = {}): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for await (const result of replayPackets(kernel, readCapture(captureFile(demo)), { queue: 0, ...options }))
    if ('outcome' in result) outcomes.push(result.outcome)
  return outcomes
}

describe('the demo capture through a simulated kernel', () => {
  test('a firewall judges 38 packets, and drops the four of SSH', async () => {
    const kernel = new SimulatedKernel()
    const program = await firewall(kernel.connect())
    const outcomes = await playDemo(kernel)
    expect(outcomes).toHaveLength(38)
    expect(outcomes.filter(({ verdict }) => verdict === 'drop')).toHaveLength(4)
    expect(new Set(outcomes.map(({ reason }) => reason))).toEqual(new Set(['verdict']))
    expect(outcomes[5]?.mark).toBe(6)
    await program.close()
  })

  test('interfaces the kernel does not have are added', async () => {
    const kernel = new SimulatedKernel({ interfaces: { lo: 1 } })
    await playDemo(kernel, { queue: undefined })
    expect(kernel.interfaces.list.map(({ name, index }) => [name, index])).toEqual([
      ['lo', 1],
      ['eth0', 2],
    ])
  })

  test('virtual time passes as it did in the capture', async () => {
    const kernel = new SimulatedKernel()
    await playDemo(kernel, { queue: undefined })
    expect(kernel.clock.uptime).toBeCloseTo(534.826408, 5)
  })
})

describe('a session on a simulated kernel, recorded', () => {
  test('replays to the same decisions, byte for byte', async () => {
    const sink = new MemorySink()
    const kernel = new SimulatedKernel()
    const live = await firewall(record(kernel.connect(), sink))
    await playDemo(kernel, { inFlight: 7 })
    await live.close()
    expect(live.decisions).toHaveLength(38)

    const transport = await replay(sink.bytes)
    const again = await firewall(transport)
    await transport.quiet
    await again.close()
    expect(again.decisions).toEqual(live.decisions)
    expect(await transport.finished).toMatchObject({ matched: 41, differences: [] })
  })

  test('whatever the order of verdicts was, and now is', async () => {
    const orders = fc.record({ live: fc.nat(), again: fc.nat(), inFlight: fc.integer({ min: 1, max: 40 }) })
    await fc.assert(
      fc.asyncProperty(orders, async ({ live, again, inFlight }) => {
        const sink = new MemorySink()
        const kernel = new SimulatedKernel()
        const first = await firewall(record(kernel.connect(), sink), live)
        await playDemo(kernel, { inFlight })
        await first.close()
        const transport = await replay(sink.bytes, { patienceMilliseconds: 2_000 })
        const second = await firewall(transport, again)
        await transport.quiet
        await second.close()
        expect(second.decisions.sort()).toEqual(first.decisions.sort())
        expect(await transport.finished).toMatchObject({ matched: 41, differences: [] })
      }),
      { numRuns: 20 },
    )
  })

  test('an overrun is replayed where it happened', async () => {
    const sink = new MemorySink()
    const kernel = new SimulatedKernel()
    const transport = record(kernel.connect(), sink)
    const live = await firewall(transport)
    transport.resize({ receive: 4096 })
    const outcomes = await playDemo(kernel, { inFlight: 40 })
    await live.close()
    expect(outcomes.some(({ reason }) => reason === 'socket full')).toBe(true)
    expect(live.errors).toMatchObject([{ errno: errno.ENOBUFS }])

    const replayed = await replay(sink.bytes)
    const again = await firewall(replayed)
    replayed.resize({ receive: 4096 })
    await replayed.quiet
    await again.close()
    expect(again.decisions).toEqual(live.decisions)
    expect(again.errors).toMatchObject([{ syscall: 'recvmmsg', errno: errno.ENOBUFS }])
    expect((await replayed.finished).differences).toEqual([])
  })
})
