import { linktype, MemorySink, PcapWriter, readCapture, replayPackets } from '@nfkit/capture'
import { icmpUnreachable, tcp, udp } from '@nfkit/ip-codec/build'
import { openQueue, type Packet } from '@nfkit/nfqueue'
import { SimulatedKernel } from '@nfkit/simulator'
import fc from 'fast-check'
import { expect, test } from 'vitest'

/** Few ends, so that packets belong together; in steps of time in which connections expire. */
const anyPacket = fc.record({
  client: fc.nat(2),
  kind: fc.constantFrom('syn', 'answer', 'ack', 'end', 'reset', 'question', 'reply', 'error'),
  waited: fc.constantFrom(0n, 1n, 500n, 31_000n, 130_000n),
})

type Sent = (typeof anyPacket)['generate'] extends (...args: never[]) => { readonly value: infer T } ? T : never

function bytesOf({ client, kind }: Sent): Uint8Array {
  const [one, server] = [`10.0.0.${client + 1}`, '192.0.2.1']
  const [there, back] = [`${one}:4000 > ${server}:443`, `${server}:443 > ${one}:4000`]
  const question = udp(`${one}:4000 > ${server}:53`, { payload: new Uint8Array(20) })
  switch (kind) {
    case 'syn':
      return tcp(there, { syn: true, sequence: 100 })
    case 'answer':
      return tcp(back, { syn: true, ack: true, sequence: 500, acknowledgment: 101 })
    case 'ack':
      return tcp(there, { ack: true, sequence: 101, acknowledgment: 501 })
    case 'end':
      return tcp(there, { fin: true, ack: true, sequence: 101, acknowledgment: 501 })
    case 'reset':
      return tcp(back, { rst: true, sequence: 501 })
    case 'question':
      return question
    case 'reply':
      return udp(`${server}:53 > ${one}:4000`, { payload: new Uint8Array(40) })
    case 'error':
      return icmpUnreachable({ source: server, destination: one }, question)
  }
}

function captureOf(sent: readonly Sent[]): Uint8Array {
  const sink = new MemorySink()
  const writer = new PcapWriter(sink, { linktype: linktype.raw })
  let at = 1_700_000_000_000_000_000n
  for (const one of sent) {
    at += one.waited * 1_000_000n
    writer.record(at, bytesOf(one))
  }
  writer.close()
  return sink.bytes
}

/** How a program judges the packets, in turn: at once, some microtasks or turns later, or not at all. */
const anyManner = fc.constantFrom('accept', 'drop', 'mark', 'later', 'next turn', 'throw', 'repeat once')

async function judged(packet: Packet, manner: string, seen: Set<string>): Promise<void> {
  if (manner === 'later') for (let i = 0; i < 4; i++) await undefined
  if (manner === 'next turn') await new Promise((resolve) => setImmediate(resolve))
  const text = `${packet.ip?.source} ${packet.payload?.length}`
  if (manner === 'repeat once' && !seen.has(text)) {
    seen.add(text)
    packet.repeat()
  } else if (manner === 'drop') packet.drop()
  else if (manner === 'mark') packet.accept({ mark: packet.id, connmark: 1 + (packet.id % 9) })
  else packet.accept()
}

/** Everything a program and the kernel have seen of a replay. */
async function replayed(capture: Uint8Array, manners: readonly string[], sharedTurns: boolean) {
  const kernel = new SimulatedKernel({ profile: 'debian-6.1', sharedTurns })
  const queue = await openQueue(kernel.connect(), { number: 0, conntrack: 'require', onUnjudged: 'drop' })
  const told: unknown[] = []
  queue.on('unjudged', ({ packetId, reason }) => told.push(['unjudged', packetId, reason]))
  queue.observe((packet, { verdict }) => told.push([packet.toJSON(), verdict]))
  const seen = new Set<string>()
  queue.run((packet) => {
    const manner = manners[packet.id % manners.length]!
    if (manner === 'throw') throw new Error('no idea')
    return judged(packet, manner, seen)
  })
  const outcomes: unknown[] = []
  const tables: unknown[] = []
  for await (const result of replayPackets(kernel, readCapture(capture), { queue: 0 })) {
    outcomes.push('outcome' in result ? result.outcome : result.skipped)
    tables.push(kernel.conntrack.entries)
  }
  await queue.close()
  return { told, outcomes, tables, stats: queue.stats() }
}

test('packets are shown, judged and tracked alike, whether or not they share turns', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyPacket, { minLength: 1, maxLength: 60 }),
      fc.array(anyManner, { minLength: 1, maxLength: 9 }),
      async (sent, manners) => {
        const capture = captureOf(sent)
        const apart = await replayed(capture, manners, false)
        const shared = await replayed(capture, manners, true)
        expect(shared).toEqual(apart)
      },
    ),
    { numRuns: 20 },
  )
})
