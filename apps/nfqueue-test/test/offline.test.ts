import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { capturedPacket, linktype, NotAPacket, PcapWriter, readCapture } from '@nfkit/capture'
import { captureFile, FileSink } from '@nfkit/capture/file'
import { parseIp } from '@nfkit/ip-codec'
import { udp } from '@nfkit/ip-codec/build'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cli } from './cli.ts'

const captures = join(import.meta.dirname, '../captures')
const vectors = join(import.meta.dirname, '../../../packages/netlink-codec/test/vectors')
const demo = join(captures, 'demo.pcapng')
const lines = (text: string) => text.trimEnd().split('\n')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nfqueue-test-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('demo', () => {
  test('prints packets of both families with their connections, and ends by saying how to go live', async () => {
    const run = await cli(['demo'])
    expect(run.code).toBe(0)
    expect(run.out).toMatch(
      /^[\d:.]{15} #1 queue 0 input in eth0 {2}192\.0\.2\.10 > 198\.51\.100\.80 icmp echo request/m,
    )
    expect(run.out).toMatch(
      /\[2001:db8:1::10\]:\d+ > \[2001:db8:2::80\]:80 tcp SYN, \d+ bytes {2}accept connmark 0x7 {2}NEW 0x[0-9a-f]{8}$/m,
    )
    expect(run.out).toMatch(/accept connmark 0x7 {2}ESTABLISHED \(reply\) 0x[0-9a-f]{8} mark 0x7$/m)
    expect(lines(run.out)).toHaveLength(40)
    const end = lines(run.out).slice(-2)
    expect(end[0]).toBe('38 packets; verdicts: 38 accept')
    expect(end[1]).toMatch(/^To go live, as root: node .*main.js 0 --rule 'tcp dport 2222' --connmark 7$/)
    expect(run.err).toBe('nfqueue-test: 2 records are left out: 2 × an ARP message, not IP\n')
    // The clock's zone is the reader's; the rest is as the README promises.
    const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8')
    const promised = /^```text\n(.*?)\n```$/ms
      .exec(readme)![1]!
      .split('\n')
      .map((line) => line.slice(16))
    expect(promised).toHaveLength(10)
    expect(lines(run.out).map((line) => line.slice(16))).toEqual(expect.arrayContaining(promised))
  })
})

describe('replay', () => {
  test('--json gives an object per packet and the summary', async () => {
    const run = await cli(['replay', demo, '--json', '--verdict', 'drop', '--connmark', 'count'])
    const objects = lines(run.out).map((line) => JSON.parse(line))
    expect(objects).toHaveLength(39)
    expect(objects[0]).toMatchObject({ id: 1, hook: 'input', ip: { source: '192.0.2.10' }, ctInfo: 'new' })
    expect(objects[2].decision).toEqual({ verdict: 'drop', changes: { connmark: 3 } })
    expect(objects[38].summary).toMatchObject({ received: 38, verdicts: { drop: 38 } })
  })

  test('--match shows and judges only those packets, and accepts the others', async () => {
    const run = await cli(['replay', demo, '--match', 'tcp and dst port 22', '--verdict', 'drop', '--json'])
    const objects = lines(run.out).map((line) => JSON.parse(line))
    const { received, verdicts, unmatched } = objects.at(-1).summary
    expect(objects.slice(0, -1).map(({ ip }) => ip.destinationPort)).toEqual(Array(verdicts.drop).fill(22))
    expect([received, verdicts.accept + verdicts.drop, unmatched]).toEqual([38, 38, verdicts.accept])
    expect(verdicts.drop).toBeGreaterThan(0)
  })

  test('the original C program, recorded: with its policy every verdict is the one it gave', async () => {
    const run = await cli(['replay', join(vectors, 'nfq-c-ipv4.pcap'), '--connmark', 'count'])
    expect(lines(run.out).at(-1)).toBe('17 packets; verdicts: 17 accept')
    // Only the configuration differs: ours is one message, acknowledged.
    expect(run.err).toMatch(/17 messages are the same, \d differ$/m)
    expect(run.err).not.toContain('NFQA_VERDICT_HDR')
  })

  test('the netlink capture of another program: its packets, and what it did in another way', async () => {
    const run = await cli(['replay', join(vectors, 'nfq-flags.pcap')])
    expect(run.code).toBe(2)
    expect(run.out).toMatch(/^\S* *#1 queue 0 \w+ .* accept/m)
    expect(run.err).toMatch(/^nfqueue-test: not as recorded: \d+ messages are the same, \d+ differ$/m)
  })

  test('a netlink capture without a queue is one sentence', async () => {
    const run = await cli(['replay', join(vectors, 'ct-crud.pcap')])
    expect([run.code, run.out]).toEqual([1, ''])
    expect(run.err).toMatch(/^nfqueue-test: .*ct-crud\.pcap is a netlink capture in which no queue is opened.*\n$/)
  })

  test('--replay FILE is the same', async () => {
    const [one, other] = [await cli(['replay', demo, '-q']), await cli(['-q', '--replay', demo])]
    expect([other.code, other.out]).toEqual([0, one.out])
  })

  test('a file that is no capture is one sentence', async () => {
    const run = await cli(['replay', join(import.meta.dirname, 'cli.ts')])
    expect(run.code).toBe(1)
    expect(lines(run.err)).toHaveLength(1)
    expect(run.err).toContain('neither pcap nor pcapng')
  })
})

describe('what a capture holds besides', () => {
  const write = (name: string, type: number, packets: readonly { bytes: Uint8Array; length?: number }[]) => {
    const path = join(folder, name)
    const writer = new PcapWriter(new FileSink(path), { linktype: type })
    for (const { bytes, length } of packets) writer.record(1n, bytes, length)
    writer.close()
    return path
  }
  const packet = udp('10.0.0.1:5000 > 10.0.0.2:53', { payload: 'x'.repeat(100) })

  test('a capture of which nothing can be used is a failure', async () => {
    const run = await cli(['replay', write('wifi.pcap', 105, [{ bytes: packet }, { bytes: packet }])])
    expect([run.code, run.out]).toEqual([1, '0 packets\n'])
    expect(run.err).toMatch(/wifi\.pcap has no packet that can be judged: 2 × link type 105, which is not read here\n$/)
    expect((await cli(['replay', write('none.pcap', linktype.raw, [])])).code).toBe(0)
  })

  test('reasons are counted by kind, and no capture makes the list endless', async () => {
    const kinds = Array.from({ length: 300 }, (_, i) => ({
      bytes: Buffer.from(`020000000002020000000001${(0x9000 + i).toString(16)}0000`, 'hex'),
    }))
    const good = { bytes: Buffer.concat([Buffer.from('0200000000020200000000010800', 'hex'), packet]) }
    const run = await cli(['replay', '-q', write('kinds.pcap', linktype.ethernet, [good, ...kinds])])
    expect(run.code).toBe(0)
    expect(run.err).toMatch(/^nfqueue-test: 300 records are left out: 1 × .*; 280 × something else\n$/)
  })

  test('packets the capture has cut are left out, or filled up', async () => {
    const path = write(
      'snap.pcap',
      linktype.raw,
      [60, 70, 80].map((size) => ({ bytes: packet.subarray(0, size), length: packet.length })),
    )
    const skipped = await cli(['replay', '-q', path])
    expect([skipped.code, skipped.err]).toEqual([1, expect.stringContaining('3 × cut by the capture')])
    const filled = await cli(['replay', '-q', path, '--cut', 'fill'])
    expect([filled.code, filled.out]).toEqual([0, '3 packets; verdicts: 3 accept\n'])
  })

  test('a capture that ends inside a record is used as far as it goes, and that is told', async () => {
    const whole = readFileSync(write('whole.pcap', linktype.raw, [{ bytes: packet }, { bytes: packet }]))
    const path = join(folder, 'half.pcap')
    writeFileSync(path, whole.subarray(0, -10))
    const run = await cli(['replay', '-q', path])
    expect([run.code, run.out]).toEqual([0, '1 packet; verdicts: 1 accept\n'])
    expect(run.err).toMatch(/half\.pcap, byte \d+: the file ends after .*; what comes before is whole\n$/)
  })

  test('decode steps over what other netlink protocols sent, and tells', async () => {
    const cooked = (protocol: number, bytes: string) =>
      Buffer.from(`000403380000000000000000000000${protocol.toString(16).padStart(2, '0')}${bytes}`, 'hex')
    const noop = '10000000010000000000000000000000'
    const path = write('uevents.pcap', linktype.netlink, [
      { bytes: cooked(12, noop) },
      { bytes: cooked(15, Buffer.from('add@/devices').toString('hex')) },
      { bytes: cooked(12, noop) },
    ])
    const run = await cli(['decode', path])
    expect([run.code, run.out.match(/NLMSG_NOOP/g)?.length]).toEqual([0, 2])
    expect(run.err).toBe('nfqueue-test: 1 record is left out: 1 × of netlink protocol 15\n')
    const others = await cli(['decode', write('others.pcap', linktype.netlink, [{ bytes: cooked(0, noop) }])])
    expect([others.code, others.out]).toEqual([1, ''])
    expect(others.err).toContain('has no netlink message of netfilter: 1 × of netlink protocol 0')
  })
})

describe('--handler', () => {
  const handler = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }

  test('judges, and its failures are one line each and leave the packet to the queue', async () => {
    const text = `export default async function (packet) {
      const { ip } = packet
      if (ip.icmp) throw new Error('first line\\nsecond line')
      if (ip.udp) return
      if (packet.id % 2) return packet.drop({ mark: 7 })
      await undefined
      packet.hold().requeue(9, { bypass: true })
    }`
    const run = await cli(['replay', demo, '--json', '--unjudged', 'drop', '--handler', handler('mixed.mjs', text)])
    const objects = lines(run.out).map((line) => JSON.parse(line))
    const kinds = (protocol: string) =>
      new Set(objects.filter(({ ip }) => ip?.protocol === protocol).map(({ decision }) => JSON.stringify(decision)))
    expect(kinds('icmp')).toEqual(new Set(['{"verdict":"drop","changes":{},"unjudged":"rejected"}']))
    expect(kinds('udp')).toEqual(new Set(['{"verdict":"drop","changes":{},"unjudged":"forgotten"}']))
    const given = ['{"verdict":"drop","changes":{"mark":7}}', '{"verdict":{"queue":9,"bypass":true},"changes":{}}']
    expect(kinds('tcp')).toEqual(new Set(given))
    expect(objects).toHaveLength(39)
    const { verdicts, unjudged } = objects[38].summary
    expect(verdicts.drop + verdicts.queue).toBe(38)
    expect(lines(run.err).filter((line) => line.includes('rejected'))).toHaveLength(unjudged.rejected)
    expect(run.err).toMatch(/^nfqueue-test: packet \d+ left to the queue \(rejected: Error: first line\): drop$/m)
    expect(run.err).not.toContain('second line')
  })

  test('an error after the verdict is told, and the verdict stands; a second verdict is such an error', async () => {
    const text = 'export default (packet) => { packet.drop(); packet.accept() }'
    const run = await cli(['replay', demo, '-q', '--handler', handler('twice.mjs', text)])
    expect(run.out).toBe('38 packets; verdicts: 38 drop\n')
    expect(run.err).toMatch(/^nfqueue-test: packet 1: PacketStateError: .*, after its verdict$/m)
  })

  const mistakes: readonly [string, () => string[], RegExp][] = [
    [
      'no such file',
      () => ['--handler', join(folder, 'none.mjs')],
      /none\.mjs cannot be loaded: Error.*Cannot find module/,
    ],
    ['a syntax error', () => ['--handler', handler('broken.mjs', 'export default {')], /cannot be loaded: SyntaxError/],
    ['no default function', () => ['--handler', handler('empty.mjs', 'export const a = 1')], /no default function/],
    ['a verdict besides', () => ['--handler', 'x.mjs', '--verdict', 'drop'], /cannot be used with option '--verdict/],
    ['a wrong expression', () => ['--match', 'tcp and gateway x'], /At character 9: "gateway" is not supported/],
    ['a file that cannot be written', () => ['--write', join(folder, 'none/x.pcapng')], /ENOENT/],
  ]
  test.each(mistakes)('%s: one clear sentence, exit code 1', async (_, args, sentence) => {
    const run = await cli(['replay', demo, ...args()])
    expect([run.code, run.out]).toEqual([1, ''])
    expect(run.err).toMatch(sentence)
  })
})

test('--write keeps the packets with their verdicts, readable by the tools people have', async (context) => {
  const path = join(folder, 'written.pcapng')
  const args = ['replay', demo, '-q', '--match', 'tcp', '--verdict', 'drop', '--mark', '7', '--write', path]
  const run = await cli(args)
  expect([run.code, run.out]).toEqual([0, '38 packets; 14 did not match; verdicts: 14 accept, 24 drop\n'])
  const written: [string, string | undefined][] = []
  for await (const record of readCapture(captureFile(path))) {
    const packet = capturedPacket(record)
    if (packet instanceof NotAPacket) throw new Error(packet.reason)
    written.push([`${parseIp(packet.bytes)}`, record.comment])
  }
  expect(written).toHaveLength(24)
  expect(written[0]![0]).toMatch(/^192\.0\.2\.10:\d+ > .* tcp SYN/)
  expect(written[0]![1]).toMatch(/^#\d+ queue 0 input: drop mark 0x7$/)

  if (spawnSync('tshark', ['--version']).error) context.skip('tshark is not installed')
  const fields = ['frame.comment', 'tcp.dstport', 'frame.protocols'].flatMap((field) => ['-e', field])
  const dissected = spawnSync('tshark', ['-r', path, '-T', 'fields', ...fields], { encoding: 'utf8' }).stdout
  expect(lines(dissected)).toHaveLength(24)
  expect(lines(dissected)[0]).toMatch(/^#\d+ queue 0 input: drop mark 0x7\t\d+\traw:ip:tcp$/)
})

describe('decode', () => {
  test('prints the messages of a netlink capture, in both directions', async () => {
    const run = await cli(['decode', join(vectors, 'ct-crud.pcap')])
    expect(run.code).toBe(0)
    expect(run.out).toMatch(/^[\d:.]{15} → kernel IPCTNL_MSG_CT_NEW {2}flags REQUEST\|ACK\|EXCL\|CREATE/)
    expect(run.out).toContain('  CTA_TUPLE_ORIG\n    CTA_TUPLE_IP\n      CTA_IP_V4_SRC 192.0.2.1\n')
    expect(run.out).toContain('← kernel NLMSG_ERROR')
  })

  test('--json: one object per message, with stable names', async () => {
    const run = await cli(['decode', '--json', join(vectors, 'nfq-flags.pcap')])
    const first = JSON.parse(lines(run.out)[0]!)
    expect(first).toMatchObject({
      direction: 'toKernel',
      message: 'NFQNL_MSG_CONFIG',
      attributes: { cmd: { command: 1, pf: 0 } },
    })
  })

  test('reads hexadecimal on standard input, datagrams between empty lines', async () => {
    const bind = '1c000000 02030500 01000000 00000000\n00000007 08000100 01000000'
    const run = await cli(['decode', '--json'], `${bind}\n\n${bind}\n`)
    expect(lines(run.out).map((line) => JSON.parse(line).resourceId)).toEqual([7, 7])
  })

  test('shows a malformed message as bytes, and names the attribute its refusal is about', async () => {
    const request = '1c000000020305000900000000000000000000070500030000000000'
    const answer =
      '78000000020000030900000034120000deffffff1c00000002030500090000000000000027000100417474726962757465206661696c656420706f6c6963792076616c69646174696f6e00000800020014000000240004800c00040000000000000000000c000500ffffffff000000000800010004000000'
    const run = await cli(['decode'], `${request}\n\n${answer}\n`)
    expect(run.out).toMatch(/^malformed: NFQA_CFG_QUEUE_MAXLEN at byte 20: 1 bytes, expected 4\n {2}1c000000/)
    expect(run.err).toBe('nfqueue-test: 1 message is malformed, and shown as bytes\n')
    expect(run.out).toContain('ERANGE')
    expect(run.out).toContain('NFQA_CFG_QUEUE_MAXLEN')
    expect(run.out).toContain('Attribute failed policy validation')
  })

  test('a capture that is still being written: what is whole of it, and that it is cut', async () => {
    const vector = readFileSync(join(vectors, 'nfq-flags.pcap'))
    const path = join(folder, 'growing.pcap')
    const shown = async (bytes: Uint8Array) => {
      writeFileSync(path, bytes)
      return cli(['decode', '--json', path])
    }
    const whole = lines((await shown(vector)).out)
    const part = await shown(vector.subarray(0, -1))
    expect(part.code).toBe(0)
    expect(lines(part.out)).toEqual(whole.slice(0, lines(part.out).length))
    expect(lines(part.out).length).toBeLessThan(whole.length)
    expect(part.err).toMatch(
      /^nfqueue-test: .*the file ends after .* still being written; what comes before is whole\n$/,
    )
    expect(lines((await shown(vector)).out)).toEqual(whole)
  })

  const bad: readonly [string, () => readonly [string[], string?], RegExp][] = [
    ['no file of that name', () => [['decode', join(folder, 'none')]], /ENOENT/],
    ['a capture of something else', () => [['decode', demo]], /no netlink message .* LINKTYPE_ETHERNET; .*replay/],
    ['no hexadecimal', () => [['decode'], 'xyz'], /not hexadecimal/],
    ['nothing at all', () => [['decode'], ''], /standard input is empty/],
    ['half a message', () => [['decode'], '1c0000000203'], /nlmsghdr at byte 0/],
    ['a cut capture', () => [['decode', cut()]], /truncated|ends/],
  ]
  function cut(): string {
    const path = join(folder, 'cut.pcap')
    writeFileSync(path, Buffer.from('d4c3b2a1020004000000000000000000ffff0000fd00000001020304', 'hex'))
    return path
  }
  test.each(bad)('%s: one clear sentence, exit code 1', async (_, args, sentence) => {
    const run = await cli(...args())
    expect(run.code).toBe(1)
    expect(run.err).toMatch(sentence)
    expect(lines(run.err)).toHaveLength(1)
  })
})

test('--help is worth reading, a mistake points to it', async () => {
  const help = await cli(['--help'])
  expect(help.code).toBe(0)
  for (const command of ['run', 'replay', 'decode', 'demo']) expect(help.out).toContain(`  ${command} `)
  expect((await cli(['0', '--nonsense'])).err).toMatch(
    /^nfqueue-test: unknown option '--nonsense' \(nfqueue-test run --help shows what there is\)\n$/,
  )
})
