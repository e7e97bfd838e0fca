import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { capturedPacket, linktype, NotAPacket, PcapWriter, readCapture } from '@nfkit/capture'
import { captureFile, FileSink } from '@nfkit/capture/file'
import { parseIp } from '@nfkit/ip-codec'
import { fragments, hopByHop, icmp, icmpEcho, sctp, tcp, udp } from '@nfkit/ip-codec/build'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MatchError } from '../src/match/error.ts'
import { parseExpression } from '../src/match/parser.ts'
import { predicate } from '../src/match/predicate.ts'

const demo = join(import.meta.dirname, '../captures/demo.pcapng')

const made = [
  tcp('10.0.0.1:40000 > 10.0.0.2:22', { syn: true }),
  tcp('10.0.0.2:22 > 10.0.0.1:40000', { syn: true, ack: true }),
  tcp('10.1.2.3:443 > 192.168.1.1:443', { payload: 'x'.repeat(100) }),
  udp('10.0.0.1:53 > 224.0.0.251:5353', { payload: 'name' }),
  udp('[2001:db8::1]:5000 > [2001:db8::2]:53', { payload: 'name' }),
  udp('[fe80::1]:5353 > [ff02::fb]:5353', { payload: 'name' }),
  tcp('[2001:db8::2]:22 > [2001:db8:1::1]:50000', { ack: true }),
  sctp('10.0.0.1:22 > 10.0.0.9:36412', {}),
  sctp('[2001:db8::1]:80 > [2001:db8::2]:22', {}),
  icmpEcho('10.0.0.1 > 10.0.0.2', { id: 1, sequence: 1 }),
  icmp('2001:db8::1 > 2001:db8::2', { type: 128 }),
  ...fragments(udp('10.0.0.1:53 > 10.0.0.2:22', { payload: 'a'.repeat(40) }), 24),
]

const matches = (expression: string, bytes: Uint8Array) =>
  predicate(parseExpression(expression))({ ip: parseIp(bytes), length: bytes.length })

describe('the same packets as tcpdump matches', () => {
  let folder: string
  let file: string
  const packets: Uint8Array[] = [...made]
  const available = (() => {
    try {
      execFileSync('tcpdump', ['--version'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })()

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nfqueue-test-match-'))
    file = join(folder, 'raw.pcap')
    for await (const record of readCapture(captureFile(demo))) {
      const packet = capturedPacket(record)
      if (!(packet instanceof NotAPacket)) packets.push(packet.bytes)
    }
    const writer = new PcapWriter(new FileSink(file), { linktype: linktype.raw, resolution: 'microseconds' })
    for (const [i, bytes] of packets.entries()) writer.record(BigInt(i) * 1_000_000_000n, bytes)
    writer.close()
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** Indexes of the packets tcpdump prints: its times are their numbers. */
  function theirs(expression: string): number[] {
    const run = spawnSync('tcpdump', ['-r', file, '-nn', '-tt', '-K', '-q', expression], { encoding: 'utf8' })
    // What can never match is an error there.
    if (run.stderr.includes('rejects all packets')) return []
    expect([run.status, run.stderr]).toEqual([0, expect.stringMatching(/^reading from file .*\n$/)])
    return Array.from(run.stdout.matchAll(/^(\d+)\.\d{6} /gm), ([, second]) => Number(second))
  }

  const ours = (expression: string) => packets.flatMap((bytes, i) => (matches(expression, bytes) ? [i] : []))

  const side = fc.constantFrom('', 'src ', 'dst ', 'src or dst ', 'src and dst ')
  const hosts = ['10.0.0.1', '10.0.0.2', '192.0.2.10', '198.51.100.80', '2001:db8::1', '2001:db8:1::10', '224.0.0.251']
  const networks = ['10.0.0.0/8', '10', '192.168', '10.1.2', '198.51.100.0/25', '2001:db8::/32', '2001:db8:1::/49']
  const port = fc.constantFrom('22', '53', '80', '443', '5353', '0x16', '40000')
  const transport = fc.constantFrom('', 'tcp ', 'udp ', 'sctp ')
  const range = fc.constantFrom('20-30', '443-22', '1-65535', '80')
  const text = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((words) => words.join(''))
  const condition = fc.oneof(
    fc.constantFrom('ip', 'ip6', 'tcp', 'udp', 'sctp', 'icmp', 'icmp6', 'igmp', 'ip multicast', 'ip6 multicast'),
    fc.constantFrom('proto 6', 'ip proto \\udp', 'ip6 proto 58', 'proto 132', 'less 60', 'greater 60'),
    fc.constantFrom('net 10.0.0.0 mask 255.255.0.0', 'ip net 10', 'ip6 host 2001:db8::2', 'ip src 10.0.0.1'),
    text(side, fc.constant('host '), fc.constantFrom(...hosts)),
    text(
      side.filter((words) => words !== 'src and dst '),
      fc.constant('net '),
      fc.constantFrom(...networks),
    ),
    text(transport, side, fc.constant('port '), port),
    text(transport, side, fc.constant('portrange '), range),
    text(transport, side, fc.constant('port '), port, fc.constant(' or '), port),
    text(transport, fc.constant('port ('), port, fc.constant(' or '), port, fc.constant(')')),
    text(fc.constant('host '), fc.constantFrom(...hosts), fc.constant(' or not '), fc.constantFrom(...hosts)),
  )
  const joint = fc.constantFrom(' and ', ' or ', ' && ', ' || ')
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      condition,
      text(fc.constant('not '), tie('expression')),
      text(fc.constant('! ('), tie('expression'), fc.constant(')')),
      text(tie('expression'), joint, tie('expression')),
      text(fc.constant('('), tie('expression'), fc.constant(')'), joint, condition),
    ),
  }))

  test('for random expressions', { timeout: 60_000 }, (context) => {
    if (!available) context.skip('tcpdump is not installed')
    fc.assert(
      fc.property(expression, (text) => {
        expect(ours(text)).toEqual(theirs(text))
      }),
      { numRuns: 150 },
    )
  })
})

describe('what differs from tcpdump, on purpose', () => {
  test('ports and protocols are found behind the extension headers of IPv6', () => {
    const packet = udp('[2001:db8::1]:5000 > [2001:db8::2]:53', { extensions: [hopByHop([])] })
    expect(matches('udp dst port 53', packet)).toBe(true)
    expect(matches('ip6 proto 0', packet)).toBe(true)
  })

  test('a packet that is not IP matches nothing but not, less and greater', () => {
    const arp = new Uint8Array(28)
    expect(['ip', 'tcp', 'port 1', 'host 10.0.0.1'].filter((text) => matches(text, arp))).toEqual([])
    expect(['not tcp', 'less 28', 'greater 28'].filter((text) => !matches(text, arp))).toEqual([])
  })
})

test('and and or bind alike, from left to right; not binds closer', () => {
  const syn = made[0]!
  expect(matches('udp and port 53 or tcp', syn)).toBe(true)
  expect(matches('tcp or udp and port 53', syn)).toBe(false)
  expect(matches('tcp or (udp and port 53)', syn)).toBe(true)
  expect(matches('not udp and tcp', syn)).toBe(true)
})

describe('a mistake is named with its place', () => {
  const mistakes: readonly [string, number, RegExp][] = [
    ['', 1, /something is missing at the end/],
    ['tcp and', 8, /something is missing at the end/],
    ['tcp udp', 5, /"and" or "or" is missing before "udp"/],
    ['(tcp', 1, /there is no "\)"/],
    ['tcp)', 4, /there is no "\("/],
    ['tcp and gateway x', 9, /"gateway" is not supported/],
    ['ether host 1:2:3:4:5:6', 1, /start with their IP header/],
    ['tcp[13] & 2 != 0', 1, /"tcp\[13\]" is not supported: bytes/],
    ['tcp & 2', 5, /"and" or "or" is missing before "&"/],
    ['10.0.0.1', 1, /a word is missing before "10.0.0.1": host/],
    ['less 100 and 200', 14, /a word is missing before "200"/],
    ['port ssh', 6, /number of port "ssh"/],
    ['port 70000', 6, /70000 is above 65535/],
    ['host example.org', 6, /no IPv4 or IPv6 address/],
    ['host 10.0.0.0/8', 6, /say net 10\.0\.0\.0\/8/],
    ['net 10.1.0.0/8', 5, /bits set behind its mask/],
    ['net 10.0.0.0/33', 14, /33 is above 32/],
    ['ip6 host 10.0.0.1', 10, /an address of IPv4, not of ip6/],
    ['tcp host 10.0.0.1', 1, /write "tcp and host …"/],
    ['icmp port 80', 1, /icmp does not go with port/],
    ['src proto 6', 1, /do not go with proto/],
    ['proto 300', 7, /300 is above 255/],
    ['proto \\quic', 7, /no protocol "quic"/],
    ['multicast', 1, /say ip multicast/],
  ]
  test.each(mistakes)('%s', (text, character, sentence) => {
    let error: unknown
    try {
      parseExpression(text)
    } catch (caught) {
      error = caught
    }
    expect(error).toBeInstanceOf(MatchError)
    expect(error).toMatchObject({ character, message: expect.stringMatching(sentence) })
  })

  test('nesting has an end', () => {
    expect(() => parseExpression('('.repeat(5_000))).toThrow('character 201: more than 200 levels deep')
  })

  test('any text is an expression or a MatchError', () => {
    const words = fc.constantFrom(
      'tcp',
      'and',
      'or',
      'not',
      '(',
      ')',
      'src',
      'dst',
      'port',
      '22',
      'host',
      '10.0.0.1',
      '-',
      '!',
    )
    const text = fc.oneof(
      fc.string(),
      fc.array(words).map((parts) => parts.join(' ')),
    )
    fc.assert(
      fc.property(text, (text) => {
        try {
          predicate(parseExpression(text))
        } catch (error) {
          expect(error).toBeInstanceOf(MatchError)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

test.each(['ip or ', 'ip and ', 'ip or ip6 and ', 'not ip or '])('a filter of ten thousands of terms: %s…', (term) => {
  const matches = predicate(parseExpression(`${term.repeat(20_000)}ip`))
  const holds = (bytes: Uint8Array) => matches({ ip: parseIp(bytes), length: bytes.length })
  expect([holds(made[0]!), holds(made[4]!)]).toEqual([true, term === 'not ip or '])
})

test('joints bind alike and from left to right, in long filters, too', () => {
  const one = fc.constantFrom('ip', 'ip6', 'tcp', 'udp', 'not tcp')
  const link = fc.tuple(fc.constantFrom('and', 'or'), one)
  fc.assert(
    fc.property(one, fc.array(link, { maxLength: 12 }), (first, rest) => {
      const subject = { ip: parseIp(made[0]!), length: made[0]!.length }
      const holds = (text: string) => predicate(parseExpression(text))(subject)
      const folded = rest.reduce(
        (before, [joint, text]) => (joint === 'and' ? before && holds(text) : before || holds(text)),
        holds(first),
      )
      expect(holds([first, ...rest.flat()].join(' '))).toBe(folded)
    }),
  )
})
