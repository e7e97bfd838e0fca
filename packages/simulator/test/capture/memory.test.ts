import { expect, test } from 'vitest'
import { linktype, MemorySink, PcapngWriter, readCapture } from '../../src/capture/index.ts'

const frame = new Uint8Array(1_400)
const recordsPerChunk = 700
const chunks = 320

/** About 320 MB of pcapng that exist a megabyte at a time. */
async function* generated(): AsyncGenerator<Uint8Array> {
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
  for (let i = 0; i < chunks; i++) yield records.slice()
}

test('a capture of 300 MB is read without holding it', async () => {
  let bytes = 0
  let records = 0
  let most = 0
  const before = process.memoryUsage().rss
  for await (const record of readCapture(generated())) {
    bytes += record.bytes.length
    if (++records % 20_000 === 0) most = Math.max(most, process.memoryUsage().rss - before)
  }
  expect(records).toBe(chunks * recordsPerChunk)
  expect(bytes).toBeGreaterThan(300_000_000)
  expect(most).toBeLessThan(150_000_000)
})
