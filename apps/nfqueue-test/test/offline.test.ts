import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
    expect(run.out).toMatch(/^#1 queue 0 input in eth0 {2}IPv4 192\.0\.2\.10 > 198\.51\.100\.80 icmp echo request/m)
    expect(run.out).toMatch(
      /IPv6 \[2001:db8:1::10\]:\d+ > \[2001:db8:2::80\]:80 tcp SYN, \d+ bytes {2}accept connmark 7$/m,
    )
    expect(run.out).toMatch(
      /conntrack 0x[0-9a-f]{8} NEW mark 0 192\.0\.2\.10:\d+ > 198\.51\.100\.53:53, reply 198\.51\.100\.53:53 >/,
    )
    expect(run.out).toMatch(/ESTABLISHED \(reply\) mark 7 \[SEEN_REPLY CONFIRMED\]/)
    const end = lines(run.out).slice(-2)
    expect(end[0]).toBe('38 packets; verdicts: 38 accept')
    expect(end[1]).toMatch(/^To go live, as root: iptables .* nfqueue-test 0 --connmark 7$/)
    expect(run.err).toBe('nfqueue-test: 2 records are no packets: 2 × an ARP message, not IP\n')
  })
})

describe('replay', () => {
  test('--json gives an object per packet and the summary', async () => {
    const run = await cli(['replay', demo, '--json', '--verdict', 'drop', '--connmark', 'count'])
    const objects = lines(run.out).map((line) => JSON.parse(line))
    expect(objects).toHaveLength(39)
    expect(objects[0]).toMatchObject({ id: 1, hook: 'input', ip: { source: '192.0.2.10' }, ctInfo: 2 })
    expect(objects[2].decision).toEqual({ verdict: 'drop', changes: { connmark: 3 } })
    expect(objects[38].summary).toMatchObject({ received: 38, verdicts: { drop: 38 } })
  })

  test('a file that is no capture is one sentence', async () => {
    const run = await cli(['replay', join(import.meta.dirname, 'cli.ts')])
    expect(run.code).toBe(1)
    expect(lines(run.err)).toHaveLength(1)
    expect(run.err).toContain('neither pcap nor pcapng')
  })
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

  const bad: readonly [string, () => readonly [string[], string?], RegExp][] = [
    ['no file of that name', () => [['decode', join(folder, 'none')]], /ENOENT/],
    ['a capture of something else', () => [['decode', demo]], /LINKTYPE_ETHERNET, not LINKTYPE_NETLINK/],
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
  expect((await cli(['0', '--nonsense'])).err).toMatch(/unknown option '--nonsense'\n\(nfqueue-test --help/)
})
