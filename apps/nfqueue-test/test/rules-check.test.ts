import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseCases } from '../src/rules/check/case.ts'
import { cli } from './cli.ts'

const place = { family: 'inet', table: 'fw', handle: 2 }
const match = (protocol: string, field: string, right: unknown) => ({
  match: { op: '==', left: { payload: { protocol, field } }, right },
})
const rules = {
  nftables: [
    { table: { family: 'inet', name: 'fw', handle: 1 } },
    { chain: { ...place, name: 'input', type: 'filter', hook: 'input', prio: 0, policy: 'drop' } },
    { chain: { ...place, name: 'ssh', handle: 3 } },
    {
      rule: {
        ...place,
        chain: 'input',
        handle: 4,
        expr: [
          { match: { op: 'in', left: { ct: { key: 'state' } }, right: ['established', 'related'] } },
          { accept: null },
        ],
      },
    },
    { rule: { ...place, chain: 'input', handle: 5, expr: [match('tcp', 'dport', 22), { jump: { target: 'ssh' } }] } },
    { rule: { ...place, chain: 'input', handle: 6, expr: [match('udp', 'dport', 53), { reject: null }] } },
    {
      rule: {
        ...place,
        chain: 'ssh',
        handle: 7,
        expr: [match('ip', 'saddr', { prefix: { addr: '192.0.2.0', len: 24 } }), { accept: null }],
      },
    },
  ],
}

let folder: string
let file: string
const packets = (text: string) => {
  const path = join(folder, 'packets.txt')
  writeFileSync(path, text)
  return path
}
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nfqueue-test-'))
  file = join(folder, 'rules.json')
  writeFileSync(file, JSON.stringify(rules))
})
afterAll(() => rmSync(folder, { recursive: true }))

const ssh = 'tcp 192.0.2.1:4000 > 198.51.100.1:22 syn'

test('says the verdict, and the rules that led to it', async () => {
  const run = await cli(['rules', 'check', file, '--packet', ssh, '--hook', 'input'])
  expect(run).toMatchObject({ code: 0, err: '' })
  expect(run.out).toBe(`accept  input  ${ssh}
    inet fw input  tcp dport 22 jump ssh
  → inet fw ssh  ip saddr 192.0.2.0/24 accept
`)
})

test('reads the rules from standard input', async () => {
  const run = await cli(
    ['rules', 'check', '-', '--packet', 'udp 192.0.2.1:4000 > 198.51.100.1:53'],
    JSON.stringify(rules),
  )
  expect(run.out).toContain(
    'reject  input  udp 192.0.2.1:4000 > 198.51.100.1:53\n  → inet fw input  udp dport 53 reject',
  )
})

describe('a file of packets is a test', () => {
  test('that passes: connections that were accepted are known', async () => {
    const cases = packets(`# a session
accept input ${ssh}
accept output tcp 198.51.100.1:22 > 192.0.2.1:4000 syn ack
accept input in eth1 tcp 192.0.2.1:4000 > 198.51.100.1:22 ack
drop   input tcp 203.0.113.9:4000 > 198.51.100.1:22 syn
`)
    const run = await cli(['rules', 'check', file, '--packets', cases])
    expect(run.code).toBe(0)
    expect(run.out).toContain('→ inet fw input  ct state established,related accept')
    expect(run.out).toMatch(/4 packets; all as expected\n$/)
  })

  test('that fails: exit code 2, and the line', async () => {
    const run = await cli(['rules', 'check', file, '--packets', packets(`\ndrop input ${ssh}\n`)])
    expect(run.code).toBe(2)
    expect(run.out).toContain('accept (expected drop, line 2)  input')
    expect(run.out).toMatch(/1 packet; 1 not as expected\n$/)
  })

  test('as JSON, for programs', async () => {
    const run = await cli(['rules', 'check', file, '--packet', ssh, '--expect', 'drop', '--json'])
    expect(run.code).toBe(2)
    const [checked, summary] = run.out.split('\n', 2).map((line) => JSON.parse(line))
    expect(summary).toEqual({ summary: { packets: 1, wrong: 1 } })
    expect(checked).toMatchObject({
      packet: ssh,
      verdict: 'accept',
      right: false,
      path: [{ chain: 'input' }, { chain: 'ssh', verdict: 'accept' }],
    })
  })
})

describe('a mistake is one sentence', () => {
  test.each([
    [['--packet', 'tpc 192.0.2.1:1 > 192.0.2.2:2'], /there is no protocol "tpc"/],
    [['--packet', `${ssh} sny`], /"sny" says nothing here: there are fin, syn/],
    [[], /no packet is given: --packet says one/],
    [['--packets', '/nowhere'], /\/nowhere cannot be read/],
  ])('%j', async (args, sentence) => {
    const run = await cli(['rules', 'check', file, ...args])
    expect(run.code).toBe(1)
    expect(run.out).toBe('')
    expect(run.err).toMatch(sentence)
  })

  test('rules that are none', async () => {
    const run = await cli(['rules', 'check', '-', '--packet', ssh], 'table inet fw { }')
    expect(run.code).toBe(1)
    expect(run.err).toMatch(/^nfqueue-test: standard input: it is no JSON: .*; "nft -j list ruleset" writes it\n$/)
  })

  test.each([
    [
      'accpet input udp 192.0.2.1:1 > 192.0.2.2:2',
      'cases, line 1: "accpet" stands where one of accept, drop, reject, queue is needed',
    ],
    ['accept inpt udp 192.0.2.1:1 > 192.0.2.2:2', 'cases, line 1: "inpt" stands where one of prerouting, input'],
    ['accept input mark x udp 192.0.2.1:1 > 192.0.2.2:2', 'cases, line 1: "x" is no mark'],
    ['\n\ndrop input in', 'cases, line 3: behind "in" something is missing'],
    ['drop input', 'cases, line 1: the packet is missing'],
  ])('%j', (text, message) => {
    expect(() => parseCases(text, 'cases', {})).toThrow(message)
  })
})

test('a line says how a packet comes, and else it is as on the command line', () => {
  const text = 'queue forward in a out b mark 0x7 udp 192.0.2.1:1 > 192.0.2.2:2 payload "two  words"'
  expect(parseCases(text, 'cases', { in: 'x', mark: 1 })).toEqual([
    {
      expected: 'queue',
      hook: 'forward',
      in: 'a',
      out: 'b',
      mark: 7,
      packet: 'udp 192.0.2.1:1 > 192.0.2.2:2 payload "two  words"',
      line: 1,
    },
  ])
})
