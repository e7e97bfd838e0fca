import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { freshHost, sh, until } from '../../../test/host.ts'
import { Cli, cli } from './cli.ts'

/** What `conntrack` prints, for a command line; nothing when it fails. */
const tool = (line: string): string[] => linesOf(sh(`conntrack ${line} 2>/dev/null || true`))
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '')

/** Timeouts count down between two looks. */
const settled = (lines: readonly string[]): string[] =>
  lines
    .map((line) =>
      line
        .trimEnd()
        .replace(/^((?:ipv[46] +\d+ )?\S+ +\d+) \d+ /, '$1 T ')
        .replace(/^\d+ proto=/, 'T proto=')
        .replace(/-t \d+/, '-t T')
        .replace(/ delta-time=\d+/, ''),
    )
    .sort()

const ours = async (...words: string[]): Promise<string[]> => {
  const run = await cli(words)
  expect([run.code, run.err]).toEqual([0, ''])
  return settled(linesOf(run.out))
}

const entries = [
  '-p tcp -s 10.0.0.1 -d 10.0.0.2 --sport 4000 --dport 22 --state ESTABLISHED -t 1000 -u ASSURED,SEEN_REPLY -m 7',
  '-p tcp -s 10.0.0.1 -d 10.0.0.2 --sport 4001 --dport 80 --state SYN_SENT -t 1000 -n 203.0.113.9:777',
  '-p udp -s 10.0.0.3 -d 10.0.0.4 --sport 53 --dport 5000 -t 1000 -g 203.0.113.2:6001',
  '-p udp -s 10.0.0.3 -d 10.0.0.4 --sport 53 --dport 5001 -t 1000 -w 5',
  '-p udp -s fd00::1 -d fd00::2 --sport 53 --dport 5000 -t 1000',
  '-p icmp -s 10.0.0.1 -d 10.0.0.3 --icmp-type 8 --icmp-code 0 --icmp-id 9 -t 300',
  '-p icmp -s 10.0.0.1 -d 10.0.0.3 --icmp-type 13 --icmp-code 0 --icmp-id 10 -t 300',
]

beforeEach(() => {
  freshHost()
  sh('echo 1 > /proc/sys/net/netfilter/nf_conntrack_events')
  sh('conntrack -F 2>/dev/null; conntrack -F expect 2>/dev/null; true')
  for (const entry of entries) sh(`conntrack -I ${entry} 2>/dev/null`)
})

describe('conditions choose what those of conntrack -L choose', () => {
  const conditions: readonly (readonly [theirs: string, ours: string, count: number])[] = [
    ['-p tcp', '-p tcp', 2],
    ['-p tcp -s 10.0.0.1 --sport 4000', '-p tcp -s 10.0.0.1 --sport 4000', 1],
    ['-f ipv6', '-f ipv6', 1],
    ['-n', '-n -f ipv4', 1],
    ['-n 203.0.113.9', '-n 203.0.113.9', 1],
    ['-g 203.0.113.2', '-g 203.0.113.2', 1],
    ['-j', '-j -f ipv4', 2],
    ['-j 203.0.113.2', '-j 203.0.113.2', 1],
    ['-r 203.0.113.2', '-r 203.0.113.2', 1],
    ['-q 203.0.113.9', '-q 203.0.113.9', 1],
    ['-p tcp --reply-port-dst 777', '-p tcp --reply-dport 777 -f ipv4', 1],
    ['-p icmp --icmp-type 8', '-p icmp --icmp 8', 1],
    ['-p icmp --icmp-id 10', '-p icmp --icmp //10', 1],
    ['-p tcp --state SYN_SENT', '-p tcp --state SYN_SENT', 1],
    ['-u ASSURED', '-u ASSURED', 1],
    ['-u SEEN_REPLY', '--status SEEN_REPLY', 1],
    ['-m 7/0xf', '-m 7/0xf', 1],
    ['-w 5', '-w 5', 1],
  ]
  test.each(conditions)('%s', async (theirs, words, count) => {
    const expected = settled(tool(`-L ${theirs}`))
    expect(await ours('flows', ...words.split(' '), '--format', 'conntrack')).toEqual(expected)
    expect(expected).toHaveLength(count)
  })

  test('LISTEN is the old word for SYN_SENT2', async () => {
    sh('conntrack -I -p tcp -s 10.0.0.9 -d 10.0.0.2 --sport 1 --dport 2 --state LISTEN -t 100 2>/dev/null || true')
    const found = await ours('flows', '--state', 'LISTEN', '--format', 'conntrack')
    expect(found).toEqual(await ours('flows', '--state', 'SYN_SENT2', '--format', 'conntrack'))
    expect(found).toEqual(settled(tool('-L -p tcp --state SYN_SENT2')))
  })
})

describe('-o prints what that of conntrack prints', () => {
  test.each(['extended', 'extended,id', 'labels', 'save', 'ktimestamp', 'id,ktimestamp'])('%s', async (parts) => {
    sh('echo 1 > /proc/sys/net/netfilter/nf_conntrack_timestamp')
    sh('conntrack -I -p udp -s 10.7.0.1 -d 10.7.0.2 --sport 1 --dport 2 -t 1000 2>/dev/null')
    const theirs = settled(tool(`-L -s 10.7.0.1 -o ${parts}`))
    expect(theirs).toHaveLength(1)
    expect(await ours('flows', '-s', '10.7.0.1', '-o', parts)).toEqual(theirs)
  })
})

describe('create makes what conntrack -I makes', () => {
  const made: readonly (readonly [theirs: string, ours: string])[] = [
    [
      '-p tcp -s 10.5.0.1 -d 10.5.0.2 --sport 1 --dport 2 --state ESTABLISHED -t 500 -u ASSURED,SEEN_REPLY -m 9',
      'tcp 10.5.0.1:1 10.5.0.2:2 --state ESTABLISHED -t 500 --status ASSURED,SEEN_REPLY --mark 9',
    ],
    [
      '-p udp -s 10.5.0.1 -d 10.5.0.2 --sport 1 --dport 2 -t 500 -n 203.0.113.9:777 -w 3',
      'udp 10.5.0.1:1 10.5.0.2:2 -t 500 -n 203.0.113.9:777 -w 3',
    ],
    [
      '-p udp -s fd00::5 -d fd00::6 --sport 1 --dport 2 -t 500 -g [fd00::9]:777',
      'udp [fd00::5]:1 [fd00::6]:2 -t 500 -g [fd00::9]:777',
    ],
    [
      '-p icmp -s 10.5.0.1 -d 10.5.0.2 --icmp-type 8 --icmp-code 0 --icmp-id 77 -t 500',
      'icmp 10.5.0.1 10.5.0.2 --icmp 8/0/77 -t 500',
    ],
  ]
  const table = () => settled(tool('-L'))

  test.each(made)('%s', async (theirs, words) => {
    sh(`conntrack -F 2>/dev/null; conntrack -I ${theirs} 2>/dev/null`)
    const expected = table()
    expect(expected).toHaveLength(1)
    sh('conntrack -F 2>/dev/null')
    expect((await cli(['flows', 'create', ...words.split(' ')])).out).toBe('1 connection created\n')
    expect(table()).toEqual(expected)
  })

  test('and, of one that is there, what is said', async () => {
    const words = ['flows', 'create', 'tcp', '10.0.0.1:4000', '10.0.0.2:22', '-t', '500', '--mark', '9']
    const refused = await cli(words)
    expect([refused.code, refused.out]).toEqual([1, ''])
    expect(refused.err).toMatch(/^nfqueue-test: .*EEXIST/)
    expect(await cli([...words, '--existing', 'keep'])).toMatchObject({ code: 0, out: /left as it is/ })
    expect(tool('-L -p tcp --sport 4000').join()).toMatch(/mark=7 /)
    expect((await cli([...words, '--existing', 'update'])).code).toBe(0)
    expect(tool('-L -p tcp --sport 4000').join()).toMatch(/mark=9 /)
  })
})

test('update sets status and state as conntrack -U does', async () => {
  const which = '-p tcp -s 10.0.0.1 -d 10.0.0.2 --sport 4001 --dport 80'
  const entry = () => settled(tool(`-L ${which}`))
  sh(`conntrack -U ${which} --state FIN_WAIT -u ASSURED,SEEN_REPLY 2>/dev/null`)
  const theirs = entry()
  expect(theirs.join()).toMatch(/FIN_WAIT .*\[ASSURED\]/)
  sh(`conntrack -D ${which} 2>/dev/null; conntrack -I ${entries[1]} 2>/dev/null`)
  const words = ['--set-state', 'FIN_WAIT', '--set-status', 'ASSURED,SEEN_REPLY']
  expect((await cli(['flows', 'update', '--dport', '80', ...words])).out).toBe('1 connection updated\n')
  expect(entry()).toEqual(theirs)
})

test.each(['NEW', 'DESTROY', 'NEW,UPDATES', 'ALL'])(
  'events of the kinds %s are those conntrack -E prints',
  async (kinds) => {
    const theirs = spawn('conntrack', ['-E', '-e', kinds, '-o', 'id'], { stdio: ['ignore', 'pipe', 'ignore'] })
    let said = ''
    theirs.stdout.on('data', (chunk) => {
      said += chunk
    })
    const events = new Cli(['flows', 'events', '-e', kinds, '-o', 'id'])
    const change = (port: number) => {
      const which = `-p udp -s 10.6.0.1 -d 10.6.0.2 --sport ${port} --dport 53`
      sh(
        `conntrack -I ${which} -t 100 2>/dev/null; conntrack -U ${which} -m 7 2>/dev/null; conntrack -D ${which} 2>/dev/null`,
      )
    }
    // Until both listen.
    for (let port = 1; !/10\.6\.0\.1/.test(said) || !/10\.6\.0\.1/.test(events.out); port++) {
      change(port)
      await setTimeout(50)
      if (port > 100) throw new Error(`nothing is told: ${said}${events.err}`)
    }
    change(60_000)
    // Of an end the kernel may tell twice: it repeats what did not reach every listener.
    const last = () =>
      [said, events.out].map((text) => [...new Set(linesOf(text).filter((line) => line.includes('sport=60000')))])
    await until(
      () => last().every((lines) => lines.length >= { NEW: 1, DESTROY: 1, 'NEW,UPDATES': 2, ALL: 3 }[kinds]!),
      kinds,
    )
    theirs.kill('SIGINT')
    events.process.kill('SIGINT')
    await once(theirs, 'close')
    expect(await events.ended()).toBe(0)
    const [expected, printed] = last()
    expect(printed).toEqual(expected!.map((line) => line.replace(/ progname=\S+/, '').trimEnd()))
  },
)

describe('expectations', () => {
  const of = 'udp 10.0.0.1:5000 > 10.0.0.2:69'
  beforeEach(async () => {
    const made = await cli(['flows', 'create', 'udp', '10.0.0.1:5000', '10.0.0.2:69', '-t', '600', '--helper', 'tftp'])
    expect(made.err).toBe('')
  })

  test('are made, printed as conntrack -L expect does, followed, and deleted', async () => {
    const events = new Cli(['expectations', 'events'])
    const create = (port: number) =>
      cli(['expectations', 'create', 'udp', '10.0.0.2:0', `10.0.0.1:${port}`, '--master', of, '--permanent'])
    // tftp expects one connection at a time: the last one takes the place of those before.
    let port = 7000
    for (; !/\[NEW\]/.test(events.out); port++) {
      expect((await create(port)).err).toBe('')
      if (port > 7050) throw new Error(events.err)
    }
    const last = port - 1
    const theirs = settled(tool('-L expect'))
    expect(theirs.length).toBeGreaterThan(0)
    expect(await ours('expectations')).toEqual(theirs)
    expect(await ours('expectations', '--master', of)).toEqual(theirs)
    expect(await ours('expectations', '-f', 'ipv6')).toEqual([])
    const one = ['udp', '10.0.0.2:0', `10.0.0.1:${last}`]
    expect(JSON.parse((await cli(['expectations', 'get', ...one, '--json'])).out)).toMatchObject({
      flags: ['permanent'],
    })
    expect((await cli(['expectations', 'delete', ...one])).out).toBe('1 expectation deleted\n')
    expect((await cli(['expectations', 'delete', ...one])).err).toMatch(
      /^nfqueue-test: nothing expects udp 10\.0\.0\.2:0/,
    )
    expect((await cli(['expectations', 'flush'])).code).toBe(1)
    expect((await cli(['expectations', 'flush', '--everything'])).code).toBe(0)
    expect(tool('-L expect')).toEqual([])
    await until(() => new RegExp(`\\[DESTROY\\].*dport=${last}`).test(events.out), 'the end of an expectation')
    events.process.kill('SIGINT')
    expect(await events.ended()).toBe(0)
  })

  test('need a master', async () => {
    const run = await cli([
      'expectations',
      'create',
      'udp',
      '10.0.0.2:0',
      '10.0.0.1:7000',
      '--master',
      of.replace('5000', '9'),
    ])
    expect(run.code).toBe(1)
    expect(run.err).toMatch(/^nfqueue-test: .*\n$/)
  })
})

test('timeout policies are made, listed and deleted; defaults are read and set', async () => {
  expect(linesOf((await cli(['timeouts', 'defaults', 'udp'])).out)).toEqual(['unreplied 30, replied 120'])
  expect((await cli(['timeouts', 'defaults', 'udp', 'unreplied=11'])).out).toBe('unreplied 11, replied 120\n')
  expect(sh('cat /proc/sys/net/netfilter/nf_conntrack_udp_timeout').trim()).toBe('11')
  await cli(['timeouts', 'defaults', 'udp', 'unreplied=30'])
  expect((await cli(['timeouts', 'create', 'long', 'tcp', 'ESTABLISHED=77', 'syn_sent=5'])).out).toBe(
    '1 timeout policy created\n',
  )
  expect((await cli(['timeouts'])).out).toMatch(/^long: ipv4 tcp, synSent 5, .*established 77, .*; used by 0 rules\n$/)
  expect((await cli(['timeouts', 'create', 'long', 'tcp'])).err).toMatch(/^nfqueue-test: .*EEXIST/)
  expect((await cli(['timeouts', 'create', 'x', 'udp', 'established=1'])).err).toMatch(
    /^nfqueue-test: udp has no state "established", but unreplied, replied/,
  )
  expect((await cli(['timeouts', 'list', 'nothing'])).err).toBe('nfqueue-test: there is no timeout policy "nothing"\n')
  expect((await cli(['timeouts', 'delete', 'long'])).code).toBe(0)
  expect((await cli(['timeouts', '--json'])).out).toBe('')
})
