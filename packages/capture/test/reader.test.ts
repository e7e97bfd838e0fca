import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { captureFile, gunzipped } from '../src/file/index.ts'
import { big, CaptureError, little, MemorySink, PcapngWriter, readCapture } from '../src/index.ts'
import { anyOrder, anyWantedList, inPieces, pcap, pcapng, readAll, resolutions, type Wanted } from './written.ts'

const [, microseconds, binary] = [9, 6, 20]

/** A timestamp as an interface of the given resolution keeps it. */
function kept(timestampNs: bigint, resolution: number): bigint {
  if (resolution === 9) return timestampNs
  if (resolution === microseconds) return timestampNs - (timestampNs % 1000n)
  const ticks = (timestampNs << BigInt(binary!)) / 1_000_000_000n
  return (ticks * 1_000_000_000n) >> BigInt(binary!)
}

const sample: Wanted[] = [1, 2, 3].map((i) => ({
  timestampNs: BigInt(i) * 1_500_000_001n,
  bytes: Uint8Array.from({ length: 4 + i }, (_, at) => at + i),
  cutBy: i - 1,
  direction: i === 2 ? 'outbound' : undefined,
  comment: i === 3 ? 'the third' : undefined,
  interface: 0,
}))

describe('what was written is read', () => {
  test('from pcapng: every field, both byte orders, any resolution, chunked anyhow, compressed or not', async () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(anyWantedList, anyOrder, pieces, fc.boolean(), async (wanted, order, sizes, zipped) => {
        const bytes = pcapng(wanted, order)
        const { records, error } = await readAll(gunzipped(inPieces(zipped ? gzipSync(bytes) : bytes, sizes)))
        expect(error).toBeUndefined()
        expect(
          records.map(({ interface: at, offset, ...rest }) => ({ ...rest, interface: at.index, name: at.name })),
        ).toEqual(
          wanted.map(({ cutBy, ...rest }, i) => ({
            ...rest,
            file: 'capture',
            number: i + 1,
            timestampNs: kept(rest.timestampNs, resolutions[rest.interface]!),
            originalLength: rest.bytes.length + cutBy,
            linktype: 100 + rest.interface,
            name: `if${rest.interface}`,
          })),
        )
      }),
    )
  })

  test('from pcap: time, bytes and length, both byte orders, micro- and nanoseconds', async () => {
    const resolution = fc.constantFrom('microseconds' as const, undefined)
    await fc.assert(
      fc.asyncProperty(anyWantedList, anyOrder, resolution, async (wanted, order, per) => {
        const { records, error } = await readAll(pcap(wanted, order, per))
        expect(error).toBeUndefined()
        expect(records.map(({ timestampNs, bytes, originalLength }) => [timestampNs, bytes, originalLength])).toEqual(
          wanted.map(({ timestampNs, bytes, cutBy }) => [
            kept(timestampNs, per === undefined ? 9 : 6),
            Uint8Array.from(bytes),
            bytes.length + cutBy,
          ]),
        )
        for (const record of records) expect(record.linktype).toBe(1)
      }),
    )
  })

  test('several sections, of different byte orders, each with interfaces of its own', async () => {
    const { records } = await readAll(Buffer.concat([pcapng(sample, little), pcapng(sample, big)]))
    expect(records.map((record) => record.interface.index)).toEqual([0, 0, 0, 3, 3, 3])
    expect(records.map((record) => record.number)).toEqual([1, 2, 3, 4, 5, 6])
    expect(records[3]!.offset - records[0]!.offset).toBe(pcapng(sample).length)
    expect(records.slice(3).map((record) => record.bytes)).toEqual(records.slice(0, 3).map((record) => record.bytes))
  })
})

describe('a capture that is cut', () => {
  const files = { pcap: pcap(sample), pcapng: pcapng(sample, big) }

  test.each(Object.entries(files))('%s: anywhere, what is whole comes first, and the cut is told', async (_, whole) => {
    const { records: all } = await readAll(whole)
    let least = 0
    for (let size = 0; size < whole.length; size++) {
      const { records, error } = await readAll(whole.subarray(0, size))
      expect(records).toEqual(all.slice(0, records.length))
      expect(records.length).toBeGreaterThanOrEqual(least)
      least = records.length
      // Between two records nothing tells that more was to come.
      if (error !== undefined) expect(error).toMatchObject({ name: 'CaptureError', problem: 'truncated' })
      else expect(records.length).toBeLessThan(all.length)

      const shorter = await readAll(whole.subarray(0, size), { onTruncated: 'end' })
      expect(shorter.error).toBeUndefined()
      expect(shorter.records).toEqual(records)
      expect(shorter.truncated?.message).toBe(error instanceof CaptureError ? error.message : undefined)
    }
    expect(least).toBe(2)
  })

  test('compressed: always an error', async () => {
    const zipped = gzipSync(files.pcapng)
    for (let size = 3; size < zipped.length; size++)
      expect((await readAll(gunzipped(zipped.subarray(0, size)))).error).toMatchObject({ problem: 'truncated' })
  })

  test('the error says where and what to do', async () => {
    const { error } = await readAll(files.pcap.subarray(0, 60))
    expect(error).toMatchObject({ file: 'capture', offset: 45 })
    expect((error as Error).message).toBe(
      "capture, byte 45: the file ends after 15 bytes of a record's header: it was cut, or is still being written; what comes before is whole",
    )
  })
})

describe('a capture that is damaged', () => {
  const damaged = (bytes: Uint8Array, at: number, value: number) => {
    const copy = bytes.slice()
    little.putU32(copy, at, value)
    return copy
  }

  test.each([
    ['a pcap record of absurd length', damaged(pcap(sample), 24 + 8, 0x7fffffff), 'claims 2147483647 bytes', 24],
    ['a pcap record over the limit', damaged(pcap(sample), 24 + 8, 262_145), 'more than the 262144', 24],
    ['a pcapng block of absurd length', damaged(pcapng(sample), 4, 0xfffffff0), 'claims 4294967280 bytes', 0],
    ['a block shorter than its own lengths', damaged(pcapng(sample), 4, 8), 'claims 8 bytes', 0],
    ['a block with two lengths', damaged(pcapng([]), 4, 44), '44 bytes at its start', 0],
    ['a section without byte order', damaged(pcapng([]), 8, 0), 'byte-order magic 00000000', 0],
  ])('%s', async (_, bytes, said, offset) => {
    const { error, records } = await readAll(bytes)
    expect(error).toMatchObject({ problem: 'corrupt', offset, reason: expect.stringContaining(said) })
    expect(records).toEqual([])
  })

  test('a packet longer than its block, and one of an interface nobody described', async () => {
    const empty = pcapng([])
    const one = pcapng(sample.slice(0, 1))
    const lengthAt = empty.length + 20
    expect((await readAll(damaged(one, lengthAt, 60))).error).toMatchObject({
      problem: 'corrupt',
      offset: empty.length,
      reason: expect.stringContaining('a packet of 60 bytes does not fit its block of'),
    })
    expect((await readAll(damaged(one, empty.length + 8, 3))).error).toMatchObject({
      problem: 'corrupt',
      reason: expect.stringContaining('interface 3, which is not described'),
    })
  })

  test('any damaged byte: records or a CaptureError, never another error', async () => {
    const anyFile = fc.constantFrom(pcap(sample), pcap(sample, big), pcapng(sample), pcapng(sample, big))
    await fc.assert(
      fc.asyncProperty(anyFile, fc.nat(), fc.nat(255), async (file, at, value) => {
        const copy = file.slice()
        copy[at % copy.length] = value
        const { error, records } = await readAll(copy)
        if (error !== undefined) expect(error).toBeInstanceOf(CaptureError)
        expect(records.length).toBeLessThanOrEqual(sample.length + resolutions.length)
      }),
      { numRuns: 1000 },
    )
  })

  test('damaged compression', async () => {
    const zipped = gzipSync(pcapng(sample))
    zipped.fill(0xff, 12, 40)
    expect((await readAll(gunzipped(zipped))).error).toMatchObject({ problem: 'corrupt' })
  })
})

describe('what is no capture', () => {
  test.each([
    ['nothing', [], 'truncated', 'the file is empty'],
    ['two bytes', [1, 2], 'truncated', 'the file ends after 2 bytes'],
    ['text', [...Buffer.from('hello')], 'unsupported', 'neither pcap nor pcapng'],
    ['zstd', [0x28, 0xb5, 0x2f, 0xfd, 0], 'unsupported', 'zstd -d'],
    ['gzip, where nobody unpacks it', [...gzipSync(pcap([]))], 'unsupported', 'gunzipped of @nfkit/capture/file'],
    ['pcap of version 3', [...versioned(pcap([]), 4, 3)], 'unsupported', 'pcap version 3.4, and only 2.0 to 2.4'],
    ['pcap of version 2.5', [...versioned(pcap([]), 6, 5)], 'unsupported', 'pcap version 2.5'],
    ['pcapng of version 2', [...versioned(pcapng([]), 12, 2)], 'unsupported', 'pcapng version 2.0'],
    [
      'pcapng of version 1.1',
      [...versioned(pcapng([]), 14, 1)],
      'unsupported',
      'pcapng version 1.1, and only 1.0 and 1.2',
    ],
    ['modified pcap', [0x34, 0xcd, 0xb2, 0xa1, ...new Array(20).fill(0)], 'unsupported', 'editcap'],
  ])('%s', async (_, bytes, problem, said) => {
    const { error } = await readAll(Uint8Array.from(bytes))
    expect(error).toMatchObject({ problem, reason: expect.stringContaining(said) })
  })
})

/** The same file, with another number of 16 bits at a place in its header. */
function versioned(file: Uint8Array, at: number, version: number): Uint8Array {
  const bytes = file.slice()
  little.putU16(bytes, at, version)
  return bytes
}

test('pcapng of version 1.2 is read as 1.0', async () => {
  expect((await readAll(versioned(pcapng(sample), 14, 2))).records).toEqual((await readAll(pcapng(sample))).records)
})

test.each([
  [
    '2.0',
    0,
    [
      [9, 3],
      [3, 9],
    ],
    [
      [3, 9],
      [9, 3],
    ],
  ],
  ['2.2', 2, [[9, 3]], [[3, 9]]],
  [
    '2.3',
    3,
    [
      [9, 3],
      [3, 9],
    ],
    [
      [3, 9],
      [3, 9],
    ],
  ],
  [
    '2.4',
    4,
    [
      [3, 9],
      [9, 3],
    ],
    [
      [3, 9],
      [9, 3],
    ],
  ],
])('pcap of version %s: which length is which', async (_, minor, stored, read) => {
  const records = stored.map(([first, second], i) => {
    const header = new Uint8Array(16)
    little.putU32(header, 8, first!)
    little.putU32(header, 12, second!)
    return Buffer.concat([header, new Uint8Array(read[i]![0]!)])
  })
  const { records: found, error } = await readAll(Buffer.concat([versioned(pcap([]), 6, minor), ...records]))
  expect(error).toBeUndefined()
  expect(found.map(({ bytes, originalLength }) => [bytes.length, originalLength])).toEqual(read)
})

describe('from a file', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'capture-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('all of it, or as much as the reader wants', async () => {
    const path = join(folder, 'whole.pcapng')
    writeFileSync(path, pcapng(sample))
    expect((await readAll(captureFile(path))).records.map((record) => record.comment)).toEqual([
      undefined,
      undefined,
      'the third',
    ])
  })

  test('each loop reads it anew', async () => {
    const path = join(folder, 'twice.pcap')
    writeFileSync(path, pcap(sample))
    const capture = readCapture(captureFile(path))
    for (let round = 0; round < 2; round++) {
      const numbers: number[] = []
      for await (const record of capture) numbers.push(record.number)
      expect(numbers).toEqual([1, 2, 3])
    }
  })

  test('one that is not there', async () => {
    const path = join(folder, 'absent.pcap')
    const { error } = await readAll(captureFile(path))
    expect(error).toMatchObject({ problem: 'unreadable', file: path, reason: expect.stringContaining('ENOENT') })
  })

  test('leaving the loop closes the source', async () => {
    let closed = false
    async function* source() {
      try {
        while (true) yield pcap(sample)
      } finally {
        closed = true
      }
    }
    for await (const record of readCapture(source())) {
      expect(record.bytes).toHaveLength(5)
      break
    }
    expect(closed).toBe(true)
  })
})

test('simple and obsolete packets, unknown blocks and time offsets', async () => {
  const sink = new MemorySink()
  const writer = new PcapngWriter(sink, { order: big })
  writer.addInterface({ linktype: 1, snapLength: 6 })
  writer.close()
  const words = (...values: number[]) => {
    const bytes = new Uint8Array(values.length * 4)
    for (const [i, value] of values.entries()) big.putU32(bytes, 4 * i, value)
    return bytes
  }
  const unknown = words(0x0bad, 20, 1, 2, 20)
  const simple = words(3, 24, 9, 0x01020304, 0x05060000, 24)
  // Interface 1 counts microseconds from a second before 1970 on.
  const shifted = words(1, 36, 1 << 16, 0, (14 << 16) | 8, 0xffff_ffff, 0xffff_ffff, 0, 36)
  const obsolete = words(2, 44, 1 << 16, 0, 1_500_000, 3, 3, 0x0a0b0c00, (2 << 16) | 4, 2, 44)
  const { records, error } = await readAll(Buffer.concat([sink.bytes, unknown, simple, shifted, obsolete]))
  expect(error).toBeUndefined()
  expect(records).toMatchObject([
    { timestampNs: undefined, bytes: Uint8Array.of(1, 2, 3, 4, 5, 6), originalLength: 9 },
    { timestampNs: 500_000_000n, bytes: Uint8Array.of(10, 11, 12), originalLength: 3, direction: 'outbound' },
  ])
})
