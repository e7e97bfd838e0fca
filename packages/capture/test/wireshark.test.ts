import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { captureFile, FileSink } from '../src/file/index.ts'
import { big, linktype, little, PcapngWriter, PcapWriter } from '../src/index.ts'
import { readAll } from './written.ts'

const demo = fileURLToPath(new URL('../../../apps/nfqueue-test/captures/demo.pcapng', import.meta.url))
const tools = ['tshark', 'editcap', 'mergecap', 'tcpdump']
const missing = tools.filter((tool) => spawnSync(tool, ['--version']).error !== undefined)

let folder: string
const at = (name: string) => join(folder, name)
const run = (tool: string, ...args: string[]) => execFileSync(tool, args, { encoding: 'utf8', stdio: 'pipe' })
const framesOf = async (path: string) => {
  const { records, error } = await readAll(captureFile(path))
  expect(error).toBeUndefined()
  return records.map(({ timestampNs, linktype: type, bytes, originalLength }) => [
    timestampNs,
    type,
    Buffer.from(bytes).toString('hex'),
    originalLength,
  ])
}

describe.skipIf(missing.length > 0)(`against Wireshark and tcpdump${missing.map((tool) => `, no ${tool}`)}`, () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'wireshark-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test.each(['nsecpcap', 'pcapng'])('reads what editcap writes as %s, compressed or not', async (format) => {
    run('editcap', '-F', format, demo, at(`demo.${format}`))
    expect(await framesOf(at(`demo.${format}`))).toEqual(await framesOf(demo))
    execFileSync('gzip', ['-k', at(`demo.${format}`)])
    expect(await framesOf(at(`demo.${format}.gz`))).toEqual(await framesOf(demo))
  })

  test('reads what editcap cuts and comments', async () => {
    run('editcap', '-s', '60', '-a', '2:a remark', '-F', 'pcapng', demo, at('cut.pcapng'))
    const { records } = await readAll(captureFile(at('cut.pcapng')))
    expect(records[1]?.comment).toBe('a remark')
    expect(records[2]).toMatchObject({ originalLength: 98, bytes: { length: 60 } })
  })

  test('reads what mergecap merges: several interfaces of different link types', async () => {
    const raw = new PcapWriter(new FileSink(at('raw.pcap')), { linktype: linktype.raw, resolution: 'microseconds' })
    raw.record(1_000_000_000_000n, Uint8Array.of(0x45))
    raw.close()
    run('mergecap', '-w', at('merged.pcapng'), at('raw.pcap'), demo)
    const { records, error } = await readAll(captureFile(at('merged.pcapng')))
    expect(error).toBeUndefined()
    expect(records).toHaveLength(41)
    expect(records[0]).toMatchObject({ timestampNs: 1_000_000_000_000n, linktype: linktype.raw })
    expect(records[40]).toMatchObject({ linktype: linktype.ethernet })
  })

  test('reads what tcpdump writes', async () => {
    run('tcpdump', '-r', demo, '-w', at('tcpdump.pcap'), '--time-stamp-precision', 'nano')
    expect(await framesOf(at('tcpdump.pcap'))).toEqual(await framesOf(demo))
  })

  test.each([little, big])('tshark reads our pcapng, $name endian, with all it says', (order) => {
    const file = at(`${order.name}.pcapng`)
    const writer = new PcapngWriter(new FileSink(file), { order, application: 'nfkit' })
    const eth0 = writer.addInterface({ linktype: linktype.ethernet, name: 'eth0' })
    const wlan0 = writer.addInterface({ linktype: linktype.raw, name: 'wlan0', timeResolution: 6 })
    const ip = Buffer.from('4500001c000100004011f6afc0000201c6336401303900350008abcd', 'hex')
    const ethernet = Buffer.from('0200000000010200000000020800', 'hex')
    writer.record({
      interface: eth0,
      timestampNs: 1_700_000_000_123_456_789n,
      parts: [ethernet, ip],
      direction: 'inbound',
    })
    writer.record({
      interface: wlan0,
      timestampNs: 1_700_000_001_000_001_999n,
      parts: [ip],
      comment: 'größer',
      originalLength: 99,
    })
    writer.close()
    const fields = [
      'frame.time_epoch',
      'frame.interface_name',
      'frame.packet_flags_direction',
      'frame.len',
      'frame.comment',
    ]
    const options = fields.flatMap((field) => ['-e', field])
    expect(run('tshark', '-r', file, '-T', 'fields', ...options, '-e', 'udp.dstport')).toBe(
      '1700000000.123456789\teth0\t0x00000001\t42\t\t53\n1700000001.000001000\twlan0\t\t99\tgrößer\t53\n',
    )
  })

  test('tshark reads our pcap', () => {
    const writer = new PcapWriter(new FileSink(at('ours.pcap')), { linktype: linktype.ipv4, order: big })
    writer.record(1_700_000_000_123_456_789n, Buffer.from('4500001400010000400000000a0000010a000002', 'hex'), 40)
    writer.close()
    const fields = run(
      'tshark',
      '-r',
      at('ours.pcap'),
      '-T',
      'fields',
      '-e',
      'frame.time_epoch',
      '-e',
      'ip.dst',
      '-e',
      'frame.len',
    )
    expect(fields).toBe('1700000000.123456789\t10.0.0.2\t40\n')
  })

  test('reading and writing again gives the same file', async () => {
    const { records } = await readAll(captureFile(demo))
    const writer = new PcapngWriter(new FileSink(at('again.pcapng')), { application: 'nfkit' })
    writer.addInterface({ linktype: linktype.ethernet, name: 'eth0', description: 'the server, veth' })
    for (const { bytes, timestampNs, direction } of records)
      writer.record({ interface: 0, timestampNs: timestampNs!, parts: [bytes], direction })
    writer.close()
    expect(readFileSync(at('again.pcapng')).equals(readFileSync(demo))).toBe(true)
  })
})
