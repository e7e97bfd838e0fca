import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMnl } from '@nfkit/mnl-native'
import { type Flow, formatFlow } from '@nfkit/netlink-codec/conntrack'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type ConntrackTable,
  type FlowFilter,
  type NewFlow,
  openConntrack,
  parseSaveLine,
  saveLine,
  type ZonedTuple,
} from '../src/index.ts'
import { kept, savedFlows } from './saved-flows.ts'
import { conntrack, ip, listenWithTool, tool, toolMissing } from './tool.ts'

const missing = toolMissing()
const end = (address: string, port?: number) => ({ address, port })
const four = { source: end('192.0.2.1', 1234), destination: end('198.51.100.2', 80) }
const six = { source: end('2001:db8::1', 1234), destination: end('2001:db8:0:1::2', 80) }
const echoEnds = { source: end('192.0.2.1'), destination: end('198.51.100.2') }
const ping = { type: 8, code: 0, id: 77 }

/** One entry, as the tool is told of it and as we are. The tool (1.4.7) confuses mark and status unless status comes first. */
const cases: [what: string, args: string, flow: Omit<NewFlow, 'timeoutSeconds'>][] = [
  [
    'TCP over IPv4',
    '-p tcp -s 192.0.2.1 -d 198.51.100.2 --sport 1234 --dport 80 --state ESTABLISHED -u SEEN_REPLY,ASSURED -m 7',
    {
      original: { protocol: 'tcp', ...four },
      tcp: { state: 'established' },
      status: ['seenReply', 'assured'],
      mark: 7,
    },
  ],
  [
    'TCP over IPv6',
    '-p tcp -s 2001:db8::1 -d 2001:db8:0:1::2 --sport 1234 --dport 80 --state SYN_SENT',
    { original: { protocol: 'tcp', ...six }, tcp: { state: 'synSent' } },
  ],
  [
    'TCP in its last state',
    '-p tcp -s 192.0.2.1 -d 198.51.100.2 --sport 1 --dport 65535 --state TIME_WAIT -u SEEN_REPLY',
    {
      original: { protocol: 'tcp', source: end('192.0.2.1', 1), destination: end('198.51.100.2', 65535) },
      tcp: { state: 'timeWait' },
      status: ['seenReply'],
    },
  ],
  [
    'UDP over IPv4',
    '-p udp -s 192.0.2.1 -d 198.51.100.2 --sport 1234 --dport 80',
    { original: { protocol: 'udp', ...four } },
  ],
  [
    'UDP over IPv6 in a zone with a mark',
    '-p udp -s 2001:db8::1 -d 2001:db8:0:1::2 --sport 1234 --dport 80 -w 5 -m 4294967295',
    { original: { protocol: 'udp', ...six, zone: 5 }, mark: 0xffff_ffff },
  ],
  [
    'ICMP',
    '-p icmp -s 192.0.2.1 -d 198.51.100.2 --icmp-type 8 --icmp-code 0 --icmp-id 77',
    { original: { protocol: 'icmp', source: end('192.0.2.1'), destination: end('198.51.100.2'), icmp: ping } },
  ],
  [
    'ICMPv6',
    '-p icmpv6 -s 2001:db8::1 -d 2001:db8::2 --icmpv6-type 128 --icmpv6-code 0 --icmpv6-id 77',
    {
      original: {
        protocol: 'icmpv6',
        source: end('2001:db8::1'),
        destination: end('2001:db8::2'),
        icmp: { ...ping, type: 128 },
      },
    },
  ],
  [
    'SCTP',
    '-p sctp -s 192.0.2.1 -d 198.51.100.2 --orig-port-src 1234 --orig-port-dst 80 --state ESTABLISHED --orig-vtag 83886080 --reply-vtag 4294967295',
    { original: { protocol: 'sctp', ...four }, sctp: { state: 'established', originalTag: 5, replyTag: 0xffff_ffff } },
  ],
  ['GRE', '-p gre -s 192.0.2.1 -d 198.51.100.2 --srckey 1234 --dstkey 80', { original: { protocol: 'gre', ...four } }],
  [
    'UDP-Lite',
    '-p udplite -s 192.0.2.1 -d 198.51.100.2 --sport 1234 --dport 80',
    { original: { protocol: 'udplite', ...four } },
  ],
  [
    'a protocol without a name',
    '-p 99 -s 192.0.2.1 -d 198.51.100.2',
    { original: { protocol: 99, source: end('192.0.2.1'), destination: end('198.51.100.2') } },
  ],
  [
    'source translation',
    '-p tcp -s 192.0.2.1 -d 198.51.100.2 --sport 1234 --dport 80 --state SYN_SENT --src-nat 203.0.113.9:777',
    {
      original: { protocol: 'tcp', ...four },
      tcp: { state: 'synSent' },
      nat: { source: { address: '203.0.113.9', port: 777 } },
    },
  ],
  [
    'destination translation',
    '-p udp -s 192.0.2.1 -d 198.51.100.2 --sport 1234 --dport 80 --dst-nat 203.0.113.2:6001',
    { original: { protocol: 'udp', ...four }, nat: { destination: { address: '203.0.113.2', port: 6001 } } },
  ],
  [
    'source translation over IPv6',
    '-p udp -s 2001:db8::1 -d 2001:db8:0:1::2 --sport 1234 --dport 80 --src-nat [2001:db8::9]:777',
    {
      original: { protocol: 'udp', ...six },
      nat: { source: { address: '2001:db8::9', port: 777 } },
    },
  ],
  [
    'both translations',
    '-p udp -s 192.0.2.1 -d 198.51.100.2 --sport 1234 --dport 80 --src-nat 203.0.113.9:777 --dst-nat 203.0.113.2:6001',
    {
      original: { protocol: 'udp', ...four },
      nat: { source: { address: '203.0.113.9', port: 777 }, destination: { address: '203.0.113.2', port: 6001 } },
    },
  ],
  [
    'SCTP over IPv6',
    '-p sctp -s 2001:db8::1 -d 2001:db8:0:1::2 --orig-port-src 1234 --orig-port-dst 80 --state COOKIE_WAIT --orig-vtag 0 --reply-vtag 0',
    { original: { protocol: 'sctp', ...six }, sctp: { state: 'cookieWait', originalTag: 0, replyTag: 0 } },
  ],
  [
    'a reply of its own',
    '-p udp -s 192.0.2.1 -d 198.51.100.2 -r 203.0.113.2 -q 192.0.2.1 --sport 1234 --dport 80 --reply-port-src 8080 --reply-port-dst 1234',
    {
      original: { protocol: 'udp', ...four },
      reply: { protocol: 'udp', source: end('203.0.113.2', 8080), destination: end('192.0.2.1', 1234) },
    },
  ],
  [
    'a timeout that is fixed',
    '-p udp -s 192.0.2.1 -d 198.51.100.2 --sport 1234 --dport 80 -u FIXED_TIMEOUT',
    { original: { protocol: 'udp', ...four }, status: ['fixedTimeout'] },
  ],
]

/** Timeouts count down between two looks; of protocols the kernel does not track, one of us makes up ports. */
const settled = (line: string) =>
  line
    .replace(/ sport=0 dport=0| --sport 0 --dport 0 --reply-port-src 0 --reply-port-dst 0/g, '')
    .replace(/^((?:\[?[A-Z]+\] )?(?:ipv[46] +\d+ )?\S+ +\d+) \d+ /, '$1 T ')
    .replace(/-t \d+/, '-t T')
    .replace(/ delta-time=\d+/, '')
const sorted = (lines: readonly string[]) => lines.map(settled).sort()

describe.skipIf(missing)(`against the reference tool${missing ? `: ${missing}` : ''}`, () => {
  let ct: ConntrackTable
  beforeAll(async () => {
    ip('link set lo up')
    ct = await openConntrack(openMnl())
  })
  afterAll(() => ct.close())
  beforeEach(() => ct.flush())

  const ours = async () => sorted((await ct.dump().toArray()).map(String))

  test.each(cases)('%s: made by the tool, read by us', async (_what, args, { original }) => {
    tool(`-I ${args} -t 600`)
    expect(await ours()).toEqual(sorted(tool('-L')))
    const flow = await ct.get(original)
    expect(flow).toBeDefined()
    expect(flow?.timeoutSeconds).toBeGreaterThan(500)
  })

  test.each(cases)('%s: made by us, as the tool makes it', async (_what, args, flow) => {
    tool(`-I ${args} -t 600`)
    const reference = sorted(tool('-L -o extended'))
    await ct.flush()
    await ct.create({ ...flow, timeoutSeconds: 600 })
    expect(sorted(tool('-L -o extended'))).toEqual(reference)
    const [read] = await ct.dump().toArray()
    expect(sorted([formatFlow(read!, { extended: true })])).toEqual(reference)
    expect(sorted([formatFlow(read!, { id: true })])).toEqual(sorted(tool('-L -o id')))
  })

  test.each(cases)('%s: the saved line makes it again', async (_what, _args, flow) => {
    await ct.create({ ...flow, timeoutSeconds: 600 })
    const before = await ours()
    const lines = (await ct.dump().toArray()).map(saveLine)
    await ct.flush()
    const file = join(mkdtempSync(join(tmpdir(), 'nfkit-')), 'flows')
    writeFileSync(file, `${lines.join('\n')}\n`)
    conntrack('-R', file)
    expect(await ours()).toEqual(before)
  })

  test('saved lines are the tool’s, and have the mark it leaves out', async () => {
    for (const [, args] of cases.slice(0, 11).filter(([what]) => what !== 'UDP over IPv6 in a zone with a mark'))
      tool(`-I ${args} -t 600`)
    const lines = (await ct.dump().toArray()).map(saveLine)
    const marked = lines.filter((line) => line.includes(' -m '))
    expect(marked).toHaveLength(1)
    expect(sorted(lines.map((line) => line.replace(/ -m \d+/g, '')))).toEqual(sorted(tool('-L -o save')))
  })

  test('saved lines of translations, zones, marks and status are the tool’s, and make the same flows again', async () => {
    const flows = savedFlows()
    for (const { flow } of flows) await ct.create(flow)
    const before = await ct.dump().toArray()
    expect(before).toHaveLength(flows.length)
    const lines = before.map(saveLine)
    const unmarked = (line: string) => line.replace(/ -m \d+/, '')
    // The tool leaves the mark out, and writes lines that lose ports where both ends or ports alone are translated.
    const plain = lines.filter((line) => !/ -[ng] \S*[\d\]]:\d+ /.test(line.replace(/ [0-9a-f:]*::\S*/g, ' x ')))
    expect(plain.length).toBeGreaterThan(flows.filter(({ plainly }) => plainly).length - 1)
    const reference = new Set(sorted(tool('-L -o save')))
    expect(sorted(plain.map(unmarked)).filter((line) => !reference.has(line))).toEqual([])
    await ct.flush()
    const file = join(mkdtempSync(join(tmpdir(), 'nfkit-')), 'flows')
    writeFileSync(file, `${lines.join('\n')}\n`)
    conntrack('-R', file)
    const after = await ct.dump().toArray()
    // An ICMP identifier that was translated is beyond the tool.
    const restorable = (flows: readonly Flow[]) =>
      flows.filter(({ reply }) => reply.icmp?.id !== 99 && reply.icmp?.id !== 78)
    expect(after).toHaveLength(before.length)
    expect(restorable(after).map(kept).sort()).toEqual(restorable(before).map(kept).sort())
    await ct.flush()
    for (const line of lines) await ct.create(parseSaveLine(line))
    expect((await ct.dump().toArray()).map(kept).sort()).toEqual(before.map(kept).sort())
  })

  test('many at once, of both families', async () => {
    for (const [, , flow] of cases.slice(0, 11)) await ct.create({ ...flow, timeoutSeconds: 600 })
    expect(await ours()).toEqual(sorted(tool('-L')))
    expect(sorted((await ct.dump({ family: 'ipv6' }).toArray()).map(String))).toEqual(sorted(tool('-L -f ipv6')))
  })

  test('zones of one direction', async () => {
    tool('-I -p tcp -s 192.0.2.1 -d 198.51.100.2 --sport 1234 --dport 80 --state SYN_SENT --orig-zone 4 -t 600')
    expect(await ours()).toEqual(sorted(tool('-L')))
    const [flow] = await ct.dump().toArray()
    expect(flow?.original.zone).toBe(4)
    await ct.update(flow!, { mark: 9 })
    expect((await ct.get(flow!))?.mark).toBe(9)
    await ct.delete(flow!)
    expect(await ct.count()).toBe(0)
  })

  test('what we change and delete, the tool sees changed and gone', async () => {
    const original: ZonedTuple = { protocol: 'tcp', ...four }
    tool(`-I ${cases[0]![1]} -t 600`)
    await ct.update(original, { mark: 99, timeoutSeconds: 60, tcp: { state: 'closeWait' } })
    const [line] = tool('-L')
    expect(line).toContain(' CLOSE_WAIT ')
    expect(line).toContain(' mark=99 ')
    expect(Number(line?.split(/ +/)[2])).toBeLessThanOrEqual(60)
    await ct.delete(original)
    expect(tool('-L')).toEqual([])
  })

  test('filters pick what the tool picks', async () => {
    for (const [, , flow] of cases.slice(0, 11)) await ct.create({ ...flow, timeoutSeconds: 600 })
    const pairs = [
      ['-p tcp', { protocol: 'tcp' }],
      ['-s 192.0.2.1', { source: '192.0.2.1' }],
      ['-s 192.0.2.0/24 -p udp', { source: '192.0.2.0/24', protocol: 'udp' }],
      ['-d 2001:db8:0:1::2', { destination: '2001:db8:0:1::2' }],
      ['-f ipv6', { family: 'ipv6' }],
      ['-m 7', { mark: 7 }],
      ['-m 1/1', { mark: { value: 1, mask: 1 } }],
      ['-w 5', { zone: 5 }],
      ['-u ASSURED', { status: ['assured'] }],
      ['-p tcp --state SYN_SENT', { protocol: 'tcp', state: 'synSent' }],
      ['-p tcp --dport 80', { protocol: 'tcp', destinationPort: 80 }],
      ['-r 198.51.100.2', { direction: 'reply', source: '198.51.100.2' }],
    ] as const
    for (const [args, filter] of pairs) {
      const picked = sorted((await ct.dump(filter).toArray()).map(String))
      expect([args, ...picked]).toEqual([args, ...sorted(tool(`-L ${args}`))])
    }
  })

  test('filters by translation, ICMP, either direction and zone pick what the tool picks, and a flush takes just these', async () => {
    const pairs: readonly (readonly [args: string, filter: FlowFilter])[] = [
      ['-n', { nat: { source: true } }],
      ['-n 203.0.113.9', { nat: { source: '203.0.113.9' } }],
      // Of ICMP the tool takes type and code for a port, which then differs from that of the reply.
      ['-g -p tcp', { nat: { destination: true }, protocol: 'tcp' }],
      ['-g -p udp', { nat: { destination: true }, protocol: 'udp' }],
      ['-g 203.0.113.2', { nat: { destination: '203.0.113.2' } }],
      ['-n -f ipv6', { nat: { source: true }, family: 'ipv6' }],
      ['-j', { nat: true }],
      ['-s 192.0.2.1 -r 203.0.113.2', { original: { source: '192.0.2.1' }, reply: { source: '203.0.113.2' } }],
      ['-d 198.51.100.2 -q 203.0.113.9', { destination: '198.51.100.2', reply: { destination: '203.0.113.9' } }],
      ['-p tcp --reply-port-src 80', { protocol: 'tcp', reply: { sourcePort: 80 } }],
      ['-p udp --sport 1170', { protocol: 'udp', sourcePort: 1170 }],
      ['-p icmp --icmp-type 8', { protocol: 'icmp', icmp: { type: 8 } }],
      ['-p icmp --icmp-id 60078', { protocol: 'icmp', icmp: { id: 60_078 } }],
      ['-w 7', { zone: 7 }],
      // A zone of both directions is one of each.
      ['--orig-zone 7 | -w 7', { original: { zone: 7 } }],
      ['--reply-zone 7 | -w 7', { reply: { zone: 7 } }],
      ['-p tcp -u ASSURED -n', { protocol: 'tcp', status: ['assured'], nat: { source: true } }],
    ]
    const fill = async () => {
      for (const { flow } of savedFlows()) await ct.create({ ...flow, timeoutSeconds: 600 })
      for (const id of [60_077, 60_078])
        await ct.create({ original: { protocol: 'icmp', ...echoEnds, icmp: { ...ping, id } }, timeoutSeconds: 600 })
    }
    await fill()
    const listed = (args: string) => args.split(' | ').flatMap((some) => tool(`-L ${some}`))
    const counts = new Map<string, number>()
    for (const [args, filter] of pairs) {
      const picked = sorted((await ct.dump(filter).toArray()).map(String))
      expect([args, ...picked]).toEqual([args, ...sorted(listed(args))])
      counts.set(args, picked.length)
    }
    expect([...counts].filter(([, count]) => count === 0)).toEqual([])
    for (const [args, filter] of pairs) {
      const all = await ct.count()
      const there = listed(args).length
      await ct.flush(filter)
      expect([args, await ct.count(), listed(args).length]).toEqual([args, all - there, 0])
    }
  })

  test('statistics are the tool’s', async () => {
    tool(`-I ${cases[0]![1]} -t 600`)
    const { entries, processors } = await ct.stats()
    expect(`${entries}`).toBe(tool('-C')[0])
    const found = tool('-S').map((line) => Number(/\bfound=(\d+)/.exec(line)?.[1]))
    expect(processors.map((processor) => processor.found)).toEqual(found)
  })

  test('events, line by line', async () => {
    const listener = await listenWithTool('-o', 'id,extended')
    const events = ct.events()
    for (const [, , flow] of cases.slice(0, 11)) await ct.create({ ...flow, timeoutSeconds: 600 })
    for (const [, , { original }] of cases.slice(0, 11)) await ct.update(original, { mark: 3 })
    await ct.flush({ family: 'ipv4' })
    await ct.flush()
    // The tool looks the program's name up in /proc.
    const reference = (await listener.stop()).map((line) => line.replace(/ progname=.*/, ''))
    events.close()
    const lines: string[] = []
    for await (const event of events)
      if ('flow' in event)
        lines.push(formatFlow(event.flow, { event: event.kind, extended: true, id: true, portId: event.portId }))
    expect(lines).toHaveLength(33)
    expect(lines.map(settled)).toEqual(reference.map(settled))
  })
})
