import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fragments, hopByHop, icmpEcho, icmpUnreachable, sctp, tcp, udp } from '@nfkit/ip-codec/build'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compareFile, compareFrame } from '../oracle/comparison.ts'
import { explanations } from '../oracle/explanations.ts'
import { layersIn } from '../oracle/layers.ts'
import { readingOf } from '../oracle/reading.ts'
import { dissect, type Row } from '../oracle/tshark.ts'
import { captureFile, FileSink } from '../src/file/index.ts'
import { linktype, PcapngWriter, PcapWriter, readCapture } from '../src/index.ts'

const installed = spawnSync('tshark', ['--version']).error === undefined
if (!installed) console.warn('fields.tshark.test.ts is skipped: tshark is not installed')

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

const options = [
  { kind: 'mss', size: 1460 },
  { kind: 'windowScale', shift: 7 },
  { kind: 'sackPermitted' },
  { kind: 'timestamps', value: 1, echo: 2 },
] as const
const sacks = [{ kind: 'sack', blocks: [{ left: 7, right: 9 }] }] as const
const question = udp('10.0.0.1:4000 > 10.0.0.2:53000', { payload: 'question', ttl: 3, dscp: 10, ecn: 1 })
const long6 = udp('[fd00::1]:4000 > [fd00::2]:5353', { payload: new Uint8Array(200) })

/** One of each kind, from its IP header on. */
const packets: readonly Uint8Array[] = [
  tcp('10.0.0.1:40000 > 10.0.0.2:2222', { syn: true, ece: true, cwr: true, sequence: 0xffff_ffff, options }),
  tcp('10.0.0.2:2222 > 10.0.0.1:40000', { ack: true, psh: true, acknowledgment: 7, options: sacks, payload: 'data' }),
  tcp('[fd00::1]:40000 > [fd00::2]:2222', { fin: true, ack: true, urg: true, window: 9, flowLabel: 0xabcde }),
  tcp('[fd00::1]:40000 > [fd00::2]:2222', {
    rst: true,
    extensions: [hopByHop([{ type: 5, data: Uint8Array.of(0, 0) }])],
  }),
  question,
  udp('10.0.0.1:4000 > 10.0.0.2:53000', { payload: 'no checksum', checksum: false }),
  question.map((byte, i) => (i === 30 ? byte ^ 1 : byte)),
  Uint8Array.from([...question, 0, 0, 0, 0]),
  icmpEcho('10.0.0.1 > 10.0.0.2', { id: 7, sequence: 8, payload: 'ping' }),
  icmpEcho('fd00::1 > fd00::2', { id: 7, sequence: 8, reply: true, payload: 'ping' }),
  icmpUnreachable('10.0.0.2 > 10.0.0.1', question),
  icmpUnreachable('fd00::2 > fd00::1', long6),
  sctp('10.0.0.1:4000 > 10.0.0.2:5000', {
    verificationTag: 9,
    chunks: [{ type: 11, flags: 0, value: new Uint8Array(0) }],
  }),
  ...fragments(question, 8),
  ...fragments(long6, 64),
]

const ethernet = (packet: Uint8Array) =>
  Buffer.concat([hex(`020000000002 020000000001 ${packet[0]! >> 4 === 4 ? '0800' : '86dd'}`), packet])
const type = (packet: Uint8Array) => (packet[0]! >> 4 === 4 ? '0800' : '86dd')
const cooked = (packet: Uint8Array) => Buffer.concat([hex(`0000 0001 0006 020000000001 0000 ${type(packet)}`), packet])
const cooked2 = (packet: Uint8Array) =>
  Buffer.concat([hex(`${type(packet)} 0000 00000007 0001 00 06 020000000001 0000`), packet])

let folder: string
const at = (name: string) => join(folder, name)

describe.skipIf(!installed)('field by field as tshark (skipped without it)', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'fields-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('packets of every kind, in every link layer', async () => {
    const writer = new PcapngWriter(new FileSink(at('all.pcapng')))
    let records = 0
    for (const [linktypeNumber, framed] of [
      [linktype.raw, (packet: Uint8Array) => packet],
      [linktype.ethernet, ethernet],
      [linktype.linuxCooked, cooked],
      [linktype.linuxCooked2, cooked2],
    ] as const) {
      const number = writer.addInterface({ linktype: linktypeNumber })
      for (const packet of packets) {
        const timestampNs = 1_700_000_000_123_456_789n + 1_000_001n * BigInt(records++)
        writer.record({ interface: number, timestampNs, parts: [framed(packet)] })
      }
    }
    writer.close()
    const compared = await compareFile(at('all.pcapng'))
    const said = compared.disagreements.map(({ number, field, ours, theirs }) => ({ number, field, ours, theirs }))
    expect(said).toEqual([])
    expect(compared).toMatchObject({ records: 4 * packets.length, packets: 4 * packets.length })
  })

  test('what is cut, anywhere', async () => {
    const writer = new PcapWriter(new FileSink(at('cut.pcap')), { linktype: linktype.raw })
    for (const packet of packets.slice(0, 4))
      for (let size = 60; size < packet.length; size++) writer.record(0n, packet.subarray(0, size), packet.length)
    writer.close()
    const { disagreements } = await compareFile(at('cut.pcap'))
    const kinds = disagreements.map((one) => explanations.find(({ applies }) => applies(one))?.name ?? one)
    expect([...new Set(kinds)]).toEqual(['a transport header that is cut off'])
  })

  test('a value that is wrong would be found, each by itself, and a record that is missing', async () => {
    const writer = new PcapWriter(new FileSink(at('one.pcap')), { linktype: linktype.ethernet })
    writer.record(1n, ethernet(packets[0]!))
    writer.close()
    const capture = readCapture(captureFile(at('one.pcap')))
    for await (const record of capture) {
      const reading = readingOf(record)
      const names = ['frame.protocols', 'ip.ttl', 'tcp.seq_raw', 'tcp.checksum.status', 'eth.src']
      const rows: Row[] = []
      for await (const row of dissect(at('one.pcap'), names).rows) rows.push(row)
      for (const [name, wrong] of [
        ['ip.ttl', '65'],
        ['tcp.seq_raw', '0'],
        ['tcp.checksum.status', '0'],
        ['eth.src', '02:00:00:00:00:09'],
      ] as const) {
        const right = compareFrame(reading, rows[0]!).found.map(({ field }) => field)
        const found = compareFrame(reading, new Map([...rows[0]!, [name, wrong]])).found.map(({ field }) => field)
        expect(found.filter((field) => !right.includes(field))).toEqual([name])
      }
    }
  })
})

test.each([
  ['eth:ethertype:ip:tcp:http', 'ip', 'tcp', 2],
  ['eth:ethertype:vlan:ethertype:ipv6:ipv6.hopopts:icmpv6', 'ipv6', 'icmpv6', 4],
  ['raw:ip:gre:ip:udp', 'ip', 'other', 1],
  ['eth:ethertype:ip:data', 'ip', 'other', 2],
  ['eth:ethertype:arp', 'none', 'none', 3],
])('%s', (protocols, network, transport, links) => {
  const layers = layersIn(protocols)
  expect([layers.network, layers.transport, layers.link.length]).toEqual([network, transport, links])
})
