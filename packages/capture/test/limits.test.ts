import { expect, test } from 'vitest'
import {
  CaptureError,
  linktype,
  little,
  MemorySink,
  PcapngWriter,
  PcapWriter,
  readCapture,
  replayPackets,
} from '../src/index.ts'
import { pcapng, readAll } from './written.ts'

/** A block of a type with a body, which may claim anything. */
function block(type: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + body.length)
  little.putU32(bytes, 0, type)
  little.putU32(bytes, 4, bytes.length)
  bytes.set(body, 8)
  little.putU32(bytes, bytes.length - 4, bytes.length)
  return bytes
}

/** `count` options of one code, each with `size` bytes. */
function options(code: number, count: number, size = 0): Uint8Array {
  const bytes = new Uint8Array(count * (4 + size))
  for (let at = 0; at < bytes.length; at += 4 + size) {
    little.putU16(bytes, at, code)
    little.putU16(bytes, at + 2, size)
  }
  return bytes
}

const head = pcapng([]).subarray(0, 28 + 16)
const section = head.subarray(0, little.u32(head, 4))
const description = (more: Uint8Array = new Uint8Array(0)) => block(1, Buffer.concat([new Uint8Array(8), more]))
const packet = (more: Uint8Array) => block(6, Buffer.concat([new Uint8Array(20), more]))

test('an option there is not is refused, with the nearest', async () => {
  const sink = new MemorySink()
  const [bytes, misspelt] = [new Uint8Array(0), (options: object) => options as never]
  const writer = new PcapngWriter(sink)
  expect(() => new PcapngWriter(sink, misspelt({ aplication: 'test' }))).toThrow('did you mean "application"')
  expect(() => writer.addInterface(misspelt({ linktype: 1, snaplength: 9 }))).toThrow('did you mean "snapLength"')
  expect(() => new PcapWriter(sink, misspelt({ linktype: 1, snaplength: 9 }))).toThrow('did you mean "snapLength"')
  expect(() => new PcapWriter(sink, misspelt({}))).toThrow('linktype: undefined is no whole number')
  expect(() => readCapture(bytes, misspelt({ onTruncate: 'end' }))).toThrow('did you mean "onTruncated"')
  const replayed = replayPackets({ deliver: async () => {} }, readCapture(bytes), misspelt({ inflight: 2 }))
  await expect(replayed.next()).rejects.toThrow('did you mean "inFlight"')
})

test('more interfaces than any program describes end the capture, in whatever section they are', async () => {
  async function* endless() {
    const many = Buffer.concat(Array(1_000).fill(description()))
    for (;;) yield Buffer.concat([section, many])
  }
  const { error } = await readAll(endless())
  expect(error).toMatchObject({ problem: 'unsupported', reason: expect.stringContaining('more than 65536 interfaces') })
})

test('so do their names', async () => {
  async function* endless() {
    yield section
    for (;;) yield description(options(2, 1, 60_000))
  }
  const { error } = await readAll(endless())
  expect(error).toMatchObject({ problem: 'unsupported', reason: expect.stringContaining('bytes of names') })
})

test.each([
  ['empty comments', options(1, 65_537), 'more than 65536 options'],
  ['unknown options', options(99, 65_537), 'more than 65536 options'],
  ['long comments', options(1, 20, 60_000), 'more than 1048576 bytes of comments'],
])('a packet with too many %s', async (_, more, said) => {
  const { error, records } = await readAll(Buffer.concat([section, description(), packet(more)]))
  expect(records).toEqual([])
  expect(error).toMatchObject({ problem: 'unsupported', reason: expect.stringContaining(said) })
})

test('as many as are allowed are read', async () => {
  const { error, records } = await readAll(Buffer.concat([section, description(), packet(options(1, 65_536))]))
  expect(error).toBeUndefined()
  expect(records[0]!.comment).toBe('\n'.repeat(65_535))
})

test('packets of endless interfaces give a kernel no endless list of them', async () => {
  const ipv4 = Buffer.from('45000014000000004011f6b7c0000201c6336401', 'hex')
  const sink = new MemorySink()
  const writer = new PcapngWriter(sink)
  writer.addInterface({ linktype: linktype.linuxCooked2 })
  for (let index = 1; index <= 65_600; index++) {
    const cooked = Buffer.alloc(20)
    cooked.writeUInt16BE(0x0800, 0)
    cooked.writeUInt32BE(index, 4)
    writer.record({ interface: 0, timestampNs: 0n, parts: [cooked, ipv4] })
  }
  writer.close()
  const added: number[] = []
  const interfaces = { list: [], add: (_: string, index: number) => void added.push(index) }
  const kernel = { interfaces, deliver: async () => {} }
  const replay = async () => {
    for await (const _ of replayPackets(kernel, readCapture(sink.bytes)));
  }
  await expect(replay()).rejects.toThrow(CaptureError)
  expect(added).toHaveLength(65_536)
})
