import { QueuedPacket } from '@nfkit/netlink-codec/nfqueue'
import { Connection } from '@nfkit/netlink-transport'
import { expect, test } from 'vitest'
import { linktype, MemorySink, PcapngWriter, readCapture, replayPackets, replayTransport } from '../src/index.ts'
import { captured } from '../src/netlink/protocol.ts'
import { type Line, packet, recording, verdict } from './conversation.ts'

const ip = new Uint8Array(1_386)
ip.set(Buffer.from('4500056a000100004011f6afc0000201c6336401', 'hex'))
const frame = Buffer.concat([Buffer.from('0200000000020200000000010800', 'hex'), ip])
/** Much data on a machine that may have other things to do. */
const timeout = 120_000
const recordsPerChunk = 700
const chunks = 320
const replayedChunks = 80

/** Bytes resident; without garbage in Bun, which lets more of it gather the more other tests have left. */
function resident(): number {
  ;(globalThis as { readonly Bun?: { gc(synchronous: boolean): void } }).Bun?.gc(true)
  return process.memoryUsage().rss
}

/** As many megabytes of pcapng, which exist one at a time. */
async function* generated(count: number): AsyncGenerator<Uint8Array> {
  const head = new MemorySink()
  const writer = new PcapngWriter(head)
  writer.addInterface({ linktype: linktype.ethernet })
  writer.flush()
  yield head.bytes
  const before = head.bytes.length
  for (let i = 0; i < recordsPerChunk; i++)
    writer.record({ interface: 0, timestampNs: BigInt(i), parts: [frame], comment: 'one of many' })
  writer.close()
  const records = head.bytes.subarray(before)
  // A chunk of its own each time, as a file would give.
  for (let i = 0; i < count; i++) yield records.slice()
}

test('a capture of 300 MB is read without holding it', { timeout }, async () => {
  let bytes = 0
  let records = 0
  let most = 0
  const before = resident()
  for await (const record of readCapture(generated(chunks))) {
    bytes += record.bytes.length
    if (++records % 20_000 === 0) most = Math.max(most, resident() - before)
  }
  expect(records).toBe(chunks * recordsPerChunk)
  expect(bytes).toBeGreaterThan(300_000_000)
  expect(most).toBeLessThan(150_000_000)
})

test('nor are its packets while it is replayed', { timeout }, async () => {
  let delivered = 0
  let most = 0
  const before = resident()
  const kernel = {
    async deliver(bytes: Uint8Array) {
      delivered += bytes.length
    },
  }
  for await (const { record } of replayPackets(kernel, readCapture(generated(replayedChunks)), { inFlight: 64 }))
    if (record.number % 20_000 === 0) most = Math.max(most, resident() - before)
  expect(delivered).toBe(replayedChunks * recordsPerChunk * ip.length)
  expect(most).toBeLessThan(150_000_000)
})

test('a long recording is replayed in constant memory: 20,000 packets and their verdicts', { timeout }, async () => {
  const size = 1_000
  const lines: Line[] = []
  for (let id = 1; id <= size; id++) lines.push(['<', packet(id, 1_000)], ['>', verdict(id, 1)])
  const [head, session] = [recording([]), recording(lines)]
  async function* repeated() {
    yield head
    for (let i = 0; i < 20; i++) yield session.slice(head.length)
  }
  const transport = await replayTransport(readCapture(repeated()))
  let judged = 0
  let most = 0
  const before = resident()
  transport.receive(
    new Connection(transport, captured, {
      message({ bytes, start, end }) {
        transport.send(verdict(new QueuedPacket(bytes, start, end).id, 1))
        if (++judged % 2_000 === 0) most = Math.max(most, resident() - before)
      },
      error() {},
    }),
  )
  expect(await transport.finished).toMatchObject({ matched: 20 * size, differences: [] })
  expect(judged).toBe(20 * size)
  expect(most).toBeLessThan(150_000_000)
  transport.close()
})
