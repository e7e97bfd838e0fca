import { beforeEach, describe, expect, test } from 'vitest'
import { freshHost, sh, until } from '../../../test/host.ts'
import { Cli, cli } from './cli.ts'

const lines = (text: string) => text.trimEnd().split('\n')

beforeEach(() => {
  freshHost()
  // Else entries made while nobody listens never tell of their end.
  sh('echo 1 > /proc/sys/net/netfilter/nf_conntrack_events')
  sh('conntrack -F 2>/dev/null; true')
  sh(
    'conntrack -I -p tcp -s 10.0.0.1 -d 10.0.0.2 --sport 4000 --dport 22 --state ESTABLISHED -t 100 -u ASSURED,SEEN_REPLY -m 7 2>/dev/null',
  )
  sh('conntrack -I -p udp -s fd00::1 -d fd00::2 --sport 53 --dport 5000 -t 1000 2>/dev/null')
})

const untimed = (line: string) => line.replace(/ -t \d+/, '').replace(/^(\S+ +\d+) \d+/, '$1')

describe('list', () => {
  test('columns with headings', async () => {
    const { out } = await cli(['flows'])
    expect(out).toMatch(/^PROTO +STATE +SOURCE +DESTINATION +LEFT +MARK/)
    expect(out).toMatch(/^tcp +ESTABLISHED +10\.0\.0\.1:4000 +10\.0\.0\.2:22 +(1m\d+s|\d\ds) +0x7 /m)
    expect(out).toMatch(/^udp +unreplied +\[fd00::1\]:53 +\[fd00::2\]:5000 +16m\d+s +- /m)
  })

  test('filters by name, JSON, and the reference tool’s own line', async () => {
    const json = await cli([
      'flows',
      '-p',
      'tcp',
      '--dport',
      '20-30',
      '--mark',
      '0x7/0xff',
      '--status',
      'assured',
      '--json',
    ])
    expect(lines(json.out).map((line) => JSON.parse(line))).toMatchObject([
      { protocol: 'tcp', mark: 7, state: 'ESTABLISHED' },
    ])
    expect((await cli(['flows', '-s', '10.0.0.0/8', '--sport', '1', '--json'])).out).toBe('')
    const ours = lines((await cli(['flows', '--format', 'conntrack'])).out)
    const theirs = lines(sh('conntrack -L 2>/dev/null'))
    expect(ours.map(untimed).sort()).toEqual(theirs.map(untimed).sort())
  })

  test('states in the spelling of the reference tool; save lines can be loaded again', async () => {
    expect(lines((await cli(['flows', '--state', 'ESTABLISHED', '--json'])).out)).toHaveLength(1)
    const { out } = await cli(['flows', '--format', 'save'])
    sh(`conntrack -F 2>/dev/null; echo '${out}' | conntrack -R - 2>/dev/null`)
    expect(
      lines((await cli(['flows', '--format', 'save'])).out)
        .sort()
        .map(untimed),
    ).toEqual(lines(out).sort().map(untimed))
  })

  test('--explain says who filters', async () => {
    const { out } = await cli(['flows', '--explain', '-p', 'tcp', '-s', '10.0.0.0/8'])
    expect(out).toMatch(/^kernel: .*\nhere: .*10\.0\.0\.0\/8/)
  })
})

test('get and delete name one connection, by either direction', async () => {
  const got = await cli(['flows', 'get', 'tcp', '10.0.0.2:22', '10.0.0.1:4000', '--json'])
  expect(JSON.parse(got.out)).toMatchObject({ original: { source: { address: '10.0.0.1', port: 4000 } } })
  expect((await cli(['flows', 'delete', 'tcp', '10.0.0.2:22', '10.0.0.1:4000'])).out).toBe('1 connection deleted\n')
  const gone = await cli(['flows', 'delete', 'tcp', '10.0.0.2:22', '10.0.0.1:4000'])
  expect([gone.code, gone.err]).toEqual([1, 'nfqueue-test: there is no connection tcp 10.0.0.2:22 > 10.0.0.1:4000\n'])
  expect(lines((await cli(['flows', '--json'])).out)).toHaveLength(1)
})

test('a host and a port, wherever they are', async () => {
  const ports = async (...filter: string[]) =>
    lines((await cli(['flows', ...filter, '--json'])).out).map((line) => line && JSON.parse(line).original.source.port)
  expect(await ports('--host', '10.0.0.2')).toEqual([4000])
  expect(await ports('--host', 'fd00::/64', '--port', '5000')).toEqual([53])
  expect(await ports('--port', '22')).toEqual([4000])
  expect(await ports('--host', '!10.0.0.0/8', '-p', 'UDP')).toEqual([53])
  expect(await ports('--host', '10.0.0.3')).toEqual([''])
})

test('delete and get keep to the zone, and tell of others', async () => {
  const entry = '-p udp -s 10.0.0.1 -d 10.0.0.2 --sport 7 --dport 8 -t 100'
  sh(`conntrack -I ${entry} -w 5 2>/dev/null; conntrack -I ${entry} -w 6 2>/dev/null`)
  const words = ['udp', '10.0.0.1:7', '10.0.0.2:8']
  const missed = await cli(['flows', 'delete', ...words])
  const sentence = 'there is no connection udp 10.0.0.1:7 > 10.0.0.2:8, but one with --zone'
  expect(missed.err).toMatch(new RegExp(`^nfqueue-test: ${sentence} [56], and one with --zone [56]\n$`))
  expect((await cli(['flows', 'delete', ...words, '--zone', '5'])).out).toBe('1 connection deleted\n')
  const left = lines((await cli(['flows', '--host', '10.0.0.1', '--json'])).out).map((line) => JSON.parse(line))
  expect(left.map(({ zone }) => zone).sort()).toEqual([6, undefined])
})

test('delete and flush tell in JSON, too', async () => {
  const deleted = await cli(['flows', 'delete', 'udp', '[fd00::1]:53', '[fd00::2]:5000', '--json'])
  expect(JSON.parse(deleted.out)).toMatchObject({ protocol: 'udp', original: { source: { address: 'fd00::1' } } })
  const flushed = await cli(['flows', 'flush', '-p', 'tcp', '--mark', '7', '--json'])
  expect(JSON.parse(flushed.out)).toBeTypeOf('object')
  expect((await cli(['flows', '--json'])).out).toBe('')
})

test('flush removes what matches, and nothing by accident', async () => {
  expect((await cli(['flows', 'flush'])).code).toBe(1)
  expect((await cli(['flows', 'flush', '--everything', '-p', 'tcp'])).code).toBe(1)
  expect(lines((await cli(['flows', '--json'])).out)).toHaveLength(2)
  await cli(['flows', 'flush', '-p', 'udp'])
  expect(lines((await cli(['flows', '--json'])).out).map((line) => JSON.parse(line).protocol)).toEqual(['tcp'])
  await cli(['flows', 'flush', '--everything'])
  expect((await cli(['flows', '--json'])).out).toBe('')
})

test('watch: the table, then each change, as JSON in a pipe', async () => {
  const run = new Cli(['flows', 'watch', '-p', 'tcp', '--json'])
  const changes = () =>
    run.out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  await until(() => changes().some(({ kind }) => kind === 'synced'), 'the snapshot')
  sh('conntrack -U -p tcp -s 10.0.0.1 -d 10.0.0.2 --sport 4000 --dport 22 -m 9 2>/dev/null')
  await until(() => changes().some(({ kind }) => kind === 'changed'), 'the update')
  sh('conntrack -D -p tcp 2>/dev/null')
  await until(() => changes().some(({ kind }) => kind === 'removed'), 'the end')
  run.process.kill('SIGINT')
  expect(await run.ended()).toBe(0)
  expect(changes().map(({ kind }) => kind)).toEqual(['added', 'synced', 'changed', 'removed'])
  expect(changes()[2]).toMatchObject({ flow: { mark: 9 }, before: { mark: 7 } })
})

test('a list is sorted', async () => {
  const ports = async (by: string) =>
    lines((await cli(['flows', '--sort', by, '--json'])).out).map((line) => JSON.parse(line).original.destination.port)
  expect(await ports('left')).toEqual([5000, 22])
  expect((await cli(['flows', '--sort', 'newest'])).err).toMatch(/Allowed choices are bytes, packets, left/)
})

test('columns are aligned, whatever is in them', async () => {
  sh('conntrack -I -p udp -s fd00:1:2:3:4:5:6:7 -d fd00:1:2:3:4:5:6:8 --sport 53535 --dport 5000 -t 1000 2>/dev/null')
  const [head = '', ...rows] = lines((await cli(['flows'])).out)
  for (const heading of ['STATE', 'SOURCE', 'DESTINATION', 'LEFT', 'MARK']) {
    const at = head.indexOf(heading)
    for (const row of rows) expect(row.slice(at - 1, at + 1)).toMatch(/^ \S$/)
  }
})

test('stats', async () => {
  expect((await cli(['flows', 'stats'])).out).toMatch(/^2 entries of at most \d+\n *processor .*insert.*\n +0 .*\d+\n/)
  expect(JSON.parse((await cli(['flows', 'stats', '--json'])).out)).toMatchObject({ entries: 2 })
})

describe('one clear sentence for each mistake', () => {
  const mistakes: readonly [readonly string[], RegExp][] = [
    [['flows', '-p', 'quic'], /It must be one of .*tcp, .*or a number/],
    [['flows', '-s', '10.0.0.300'], /10\.0\.0\.300/],
    [['flows', '--dport', '70000'], /whole number from 0 to 65535/],
    [['flows', '--status', 'happy'], /names of expected, seenReply/],
    [['flows', 'get', 'icmp', '10.0.0.1', '10.0.0.2'], /--icmp TYPE\/CODE\/ID/],
    [['flows', 'get', 'tcp', '10.0.0.1', '10.0.0.2'], /port/],
    [
      ['flows', 'get', 'tcp', '10.0.0.300:1', '10.0.0.2:1'],
      /^nfqueue-test: "10\.0\.0\.300:1" is no address with a port/,
    ],
    [['flows', 'get', 'tcp', '10.0.0.1:1', '[::1]:70000'], /^nfqueue-test: "\[::1\]:70000" is no address with a port/],
    [['flows', 'get', 'quic', '10.0.0.1:1', '10.0.0.2:1'], /^nfqueue-test: there is no protocol "quic"/],
    [['flows', '--sport', '5-1'], /first port must not be above its last/],
    [['flows', '--state', 'HAPPY'], /It must be one of none, synSent/],
    [['flows', '-f', 'ipv6', '-s', '10.0.0.1'], /^nfqueue-test: 10\.0\.0\.1 is not of family ipv6/],
    [['flows', 'eat'], /^nfqueue-test: "eat" is no command of flows, which are list, watch, events, get/],
    [['flows', 'list', 'all'], /too many arguments for 'list'/],
    [['flows', '10.0.0.1'], /filters are options: --host/],
    [['flows', '--sport', '1-2-3'], /It must be a port, or the first and the last/],
    [['flows', '--dport', '1-'], /It must be a port, or the first and the last/],
    [['flows', '--mark', '1/2/3'], /It must be a mark, or a mark and a mask/],
    [['flows', '--mark', '1/'], /It must be a mark, or a mark and a mask/],
    [['flows', '-s', '10.0.0.1:22'], /Ports have options of their own: --sport/],
    [['flows', '--host', 'example.org'], /names are not looked up/],
    [['flows', 'get', 'icmp', '10.0.0.1', '10.0.0.2', '--icmp', '8/0/1/2'], /It must be type, .* or type\/code\/id/],
    [['flows', 'get', 'icmp', '10.0.0.1', '10.0.0.2', '--icmp', '8/0'], /It must be type\/code\/id/],
    [['floes'], /^nfqueue-test: "floes" is no command of nfqueue-test, which are run, .*; did you mean "flows"\?/],
    [['everything'], /is no command of nfqueue-test, .*; a queue is a number/],
    [['flows', 'wathc'], /is no command of flows, .*; did you mean "watch"\?/],
    [['flows', '--dport', 'ssh'], /names of services are not looked up/],
    [['flows', '--icmp', '//'], /It must be type, type\/code or type\/code\/id/],
    [['flows', '-l', 'customer'], /It must be a whole number from 0 to 127/],
    [['flows', '-j', '-n'], /cannot be used with option/],
    [['flows', '-n', '10.0.0.1:22'], /Ports have options of their own/],
    [['flows', '-o', 'xml'], /There is --json for programs/],
    [['flows', '-o', 'extended,ids'], /It must be some of save, extended, id, labels, ktimestamp/],
    [['flows', 'events', '-e', 'born'], /It must be some of new, update, destroy/],
    [['flows', 'create', 'tcp', '10.0.0.1:1', '10.0.0.2:2'], /required option '-t, --timeout <seconds>'/],
    [['flows', 'create', 'tcp', '10.0.0.1:1', '10.0.0.2:2', '-t', '9', '--status', '!assured'], /no bit be cleared/],
    [['flows', 'create', 'tcp', '10.0.0.1:1', '10.0.0.2:2', '-t', '9', '--state', 'OPEN'], /made by flows load/],
    [['flows', 'create', 'tcp', '10.0.0.1:1', '10.0.0.2:2', '-t', '9', '-n', 'example.org'], /It must be an address/],
    [['expectations', 'flush'], /name a --helper, or say --everything/],
    [['expectations', '--master', '10.0.0.1'], /original direction in one word/],
    [['timeouts', 'delete'], /name one, or say --unused/],
    [['timeouts', 'create', 'x', 'tcp', 'established'], /a state and its seconds: established=600/],
  ]
  test.each(mistakes)('%j', async (args, sentence) => {
    const run = await cli(args)
    expect([run.code, run.out]).toEqual([1, ''])
    expect(run.err).toMatch(sentence)
  })
})
