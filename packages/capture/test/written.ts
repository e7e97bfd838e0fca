import fc from 'fast-check'
import {
  big,
  type CaptureOptions,
  type CaptureRecord,
  type CaptureSource,
  little,
  MemorySink,
  PcapngWriter,
  PcapWriter,
  readCapture,
} from '../src/index.ts'

/** A record as a test wants it written; which of it survives depends on the format. */
export interface Wanted {
  readonly timestampNs: bigint
  readonly bytes: Uint8Array
  readonly cutBy: number
  readonly direction: 'inbound' | 'outbound' | undefined
  readonly comment: string | undefined
  readonly interface: number
}

/** A record of each packet, with nothing else about it. */
export const plain = (packets: readonly Uint8Array[], everyNs = 1n): Wanted[] =>
  packets.map((bytes, i) => ({
    timestampNs: BigInt(i) * everyNs,
    bytes,
    cutBy: 0,
    direction: undefined,
    comment: undefined,
    interface: 0,
  }))

export const anyOrder = fc.constantFrom(little, big)

export const anyWanted: fc.Arbitrary<Wanted> = fc.record({
  // Until 2106, which is as far as pcap counts.
  timestampNs: fc.bigInt({ min: 0n, max: 4_294_967_295_999_999_999n }),
  bytes: fc.uint8Array({ maxLength: 100 }),
  cutBy: fc.nat(1000),
  direction: fc.constantFrom('inbound', 'outbound', undefined),
  comment: fc.option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), { nil: undefined }),
  interface: fc.nat(2),
})

export const anyWantedList = fc.array(anyWanted, { maxLength: 12 })

/** Three interfaces that count time differently. */
export const resolutions = [9, 6, 0x80 | 20]

export function pcapng(records: readonly Wanted[], order = little): Uint8Array {
  const sink = new MemorySink()
  const writer = new PcapngWriter(sink, { order, application: 'test' })
  for (const [i, timeResolution] of resolutions.entries())
    writer.addInterface({ linktype: 100 + i, name: `if${i}`, timeResolution })
  for (const { timestampNs, bytes, cutBy, direction, comment, interface: at } of records) {
    const parts = [bytes.subarray(0, 7), bytes.subarray(7)]
    writer.record({ interface: at, timestampNs, parts, originalLength: bytes.length + cutBy, direction, comment })
  }
  writer.close()
  return sink.bytes
}

export function pcap(records: readonly Wanted[], order = little, resolution?: 'microseconds'): Uint8Array {
  const sink = new MemorySink()
  const writer = new PcapWriter(sink, { linktype: 1, order, resolution })
  for (const { timestampNs, bytes, cutBy } of records) writer.record(timestampNs, bytes, bytes.length + cutBy)
  writer.close()
  return sink.bytes
}

/** What a capture delivered before it ended or failed. */
export interface Outcome {
  readonly records: CaptureRecord[]
  readonly error: unknown
  readonly truncated: Error | undefined
}

export async function readAll(source: CaptureSource, options?: CaptureOptions): Promise<Outcome> {
  const capture = readCapture(source, options)
  const records: CaptureRecord[] = []
  try {
    for await (const record of capture) records.push(record)
  } catch (error) {
    return { records, error, truncated: capture.truncated }
  }
  return { records, error: undefined, truncated: capture.truncated }
}

/** The same bytes in pieces of the given sizes, over and over. */
export function* inPieces(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!
    yield bytes.subarray(at, at + size)
    at += size
  }
}
