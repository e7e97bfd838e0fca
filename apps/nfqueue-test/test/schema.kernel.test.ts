import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshHost, sendUdp, sh, udpListener, until } from '../../../test/host.ts'
import { schemaOf } from '../src/cli/json-option.ts'
import { program } from '../src/program.ts'
import type { SchemaName } from '../src/schema/catalog.ts'
import { Cli, cli } from './cli.ts'
import { expectLines } from './schema.ts'

/** Lines of JSON of every command follow its schema: here those about a real kernel. */

const running: Cli[] = []
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nfqueue-test-schema-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const flow = 'tcp 10.0.0.1:4000 10.0.0.2:22'
const master = 'udp 10.0.0.1:5000 > 10.0.0.2:69'

beforeEach(() => {
  freshHost()
  sh('nft flush ruleset')
  sh('echo 1 > /proc/sys/net/netfilter/nf_conntrack_events; echo 1 > /proc/sys/net/netfilter/nf_conntrack_acct')
  sh('conntrack -F 2>/dev/null; conntrack -F expect 2>/dev/null; true')
})
afterEach(async () => {
  for (const run of running.splice(0)) {
    run.process.kill('SIGKILL')
    await until(() => run.code !== undefined, 'its end')
  }
})

const seen = new Set<string>()

const whole = await program()

/** The schema of a command, by commander's own tree. */
function schemaAt(path: string): SchemaName {
  let command: Command = whole
  for (const name of path.split(' ')) command = command.commands.find((one) => one.name() === name)!
  seen.add(path)
  return schemaOf(command.options.find(({ long }) => long === '--json')!)!
}

/** Run a command to its end, and hold what it prints against its schema. `path`, then words; two blanks stand between them. */
async function held(line: string, input?: string, code = 0) {
  const [path = '', rest = ''] = line.split('  ')
  const words = Array.from(rest.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain]) => quoted ?? plain!)
  const run = await cli([...path.split(' '), ...words, '--json'], input)
  expect([run.code, run.err], line).toEqual([code, expect.not.stringMatching(/cannot|no such/)])
  return expectLines(schemaAt(path), run.out)
}

/** The same of one that goes on until it is told to end: `causing` is done as soon as it listens. */
async function heldWhile(line: string, listens: (run: Cli) => boolean, causing: () => unknown, says: string) {
  const [path = '', rest = ''] = line.split('  ')
  const words = Array.from(rest.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain]) => quoted ?? plain!)
  const run = new Cli([...path.split(' '), ...words, '--json'])
  running.push(run)
  await until(() => listens(run) || run.code !== undefined, `it to listen: ${run.err}`)
  for (let i = 0; !run.out.includes(says) && run.code === undefined; i++) {
    await causing()
    await new Promise((resolve) => setTimeout(resolve, 100))
    if (i > 200) throw new Error(`${line} says nothing of it: ${run.out}${run.err}`)
  }
  run.process.kill('SIGTERM')
  await run.ended()
  return expectLines(schemaAt(path), run.out)
}

test('connections', async () => {
  await held(`flows create  ${flow} -t 600 --state ESTABLISHED --status ASSURED,SEEN_REPLY -m 7`)
  await held('flows create  udp [fd00::1]:53 [fd00::2]:5000 -t 600')
  await held('flows create  udp 10.0.0.5:1 10.0.0.6:2 -t 600 -w 5 -n 203.0.113.9:777')
  expect(await held('flows list')).toHaveLength(3)
  await held(`flows get  ${flow}`)
  expect(await held('flows update  -p tcp --set-mark 9')).toEqual([{ updated: 1 }])
  await held('flows stats')
  expect(await held(`flows delete  ${flow}`)).toMatchObject([{ mark: 9 }])
  await held('flows flush  -p udp')
  const saved = '-A -t 600 -u SEEN_REPLY -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 53 --dport 5000'
  expect(await held('flows load  -', saved)).toEqual([{ loaded: 1 }])
})

test('changes and events of connections', async () => {
  const make = () =>
    sh(
      'conntrack -I -p udp -s 10.0.0.1 -d 10.0.0.2 --sport 1 --dport 2 -t 60 2>/dev/null; conntrack -D -p udp 2>/dev/null; true',
    )
  const changes = await heldWhile('flows watch', (run) => run.out.includes('synced'), make, 'removed')
  expect(new Set(changes.map(({ kind }) => kind))).toEqual(new Set(['synced', 'added', 'removed']))
  await heldWhile('flows events', () => true, make, 'destroy')
})

test('expectations', async () => {
  await cli(['flows', 'create', 'udp', '10.0.0.1:5000', '10.0.0.2:69', '-t', '600', '--helper', 'tftp'])
  const ends = 'udp 10.0.0.2:0 10.0.0.1:7000'
  await held(`expectations create  ${ends} --master '${master}' --permanent`)
  await held('expectations list')
  await held(`expectations get  ${ends}`)
  await held(`expectations delete  ${ends}`)
  await held('expectations flush  --everything')
  const make = () => cli(['expectations', 'create', ...ends.split(' '), '--master', master, '--permanent'])
  const again = async () => {
    await make()
    await cli(['expectations', 'flush', '--everything'])
  }
  await heldWhile('expectations events', () => true, again, 'expectationDestroy')
})

test('timeouts', async () => {
  await held('timeouts create  long tcp established=77')
  await held('timeouts create  short udp')
  expect(await held('timeouts list')).toHaveLength(2)
  await held('timeouts defaults  udp')
  expect(await held('timeouts delete  long')).toMatchObject([{ name: 'long' }])
  expect(await held('timeouts delete  --unused')).toMatchObject([{ name: 'short' }])
})

test('rules', async () => {
  sh(`nft -f - <<'END'
table inet own {
  comment "a test"
  counter c { }
  set s { type ipv4_addr . inet_service; flags interval,timeout; timeout 1h; elements = { 10.0.0.0/8 . 22 comment "one" } }
  map m { type inet_service : verdict; elements = { 22 : accept } }
  chain input { type filter hook input priority 0; policy drop; tcp dport vmap @m; counter name c comment "two"; }
}
END`)
  const [own] = await held('rules list')
  expect(own).toMatchObject({
    name: 'own',
    chains: [{ name: 'input', base: { policy: 'drop' } }],
    objects: [{ name: 'c' }],
  })
  const change = () =>
    sh(
      'nft "add table inet new; add chain inet new c; add rule inet new c tcp dport 22 accept; add set inet new s { type ipv4_addr; }; add element inet new s { 10.0.0.1 }; add counter inet new k; delete table inet new"',
    )
  const commits = await heldWhile('rules watch', () => true, change, '"rule"')
  const kinds = commits.flatMap(({ changes }) => changes.map(({ kind }: { kind: string }) => kind))
  expect(new Set(kinds)).toEqual(new Set(['table', 'chain', 'rule', 'set', 'element', 'object']))
  const json = sh('nft -j list ruleset')
  await held("rules check  - --packet 'tcp 192.0.2.1:4000 > 192.0.2.2:22 syn'", json)
})

describe('packets', () => {
  test('of a queue, and why they came there', async () => {
    const listens = (run: Cli) => run.err.includes('installed ')
    const queued = "run  5 --rule 'udp dport 5353' --uid-gid"
    const objects = await heldWhile(queued, listens, () => sendUdp('127.0.0.1', 5353, ['hello']), '"queue":5')
    expect(objects.at(-1)).toHaveProperty('summary')
  })

  test('and the way of them', async () => {
    const listens = (run: Cli) => run.err.includes('looking for packets')
    using _ = await udpListener('127.0.0.1', 5353)
    const send = () => sendUdp('127.0.0.1', 5353, ['hello'])
    const [path] = await heldWhile("why  'udp 127.0.0.1:5353'", listens, send, '"kind"')
    expect(path).toMatchObject({ kind: 'path', outcome: expect.stringMatching(/^(sent|delivered)$/) })
    expect(await held("why  'udp 127.0.0.1:5354' -s 1", undefined, 1)).toMatchObject([{ kind: 'unseen' }])
  })

  test('of connections that a firewall judges', async () => {
    const policy = join(folder, 'policy.mjs')
    const text = `export default async (connection) => {
      await connection.owner()
      if (connection.destination.port === 5355) throw new TypeError('an error')
      return connection.destination.port === 5354 ? 'drop' : 'accept'
    }`
    writeFileSync(policy, text)
    const send = async () => {
      for (const port of [5353, 5354, 5355])
        for (const host of ['127.0.0.1', '::1']) await sendUdp(host, port, ['hello'])
    }
    const line = `firewall  --judge ${policy} --loopback --rule 'udp dport 5353-5355'`
    const objects = await heldWhile(line, (run) => run.err.includes('judging'), send, '"failed"')
    expect(new Set(objects.map(({ event }) => event))).toEqual(new Set(['judged', 'failed', undefined]))
    expect(objects.at(-1)).toHaveProperty('summary')
  })
})

test('of what is wrong, and what is left', async () => {
  expect((await held('doctor  0', undefined, 1)).map(({ state }) => state)).toContain('problem')
  const killed = new Cli(['9', '--rule', '-p udp --dport 5353'])
  running.push(killed)
  await until(() => killed.err.includes('installed ') || killed.code !== undefined, `its rule: ${killed.err}`)
  killed.process.kill('SIGKILL')
  await killed.ended()
  expect((await held('cleanup')).map(({ removed }) => removed)).toEqual([true, true])
})

test('no command is left out but those that need no kernel', () => {
  const withJson = (command: Command, path: readonly string[] = []): string[] => [
    ...(command.options.some(({ long }) => long === '--json') ? [path.join(' ')] : []),
    ...command.commands.flatMap((child) => withJson(child, [...path, child.name()])),
  ]
  expect(withJson(whole).filter((path) => !seen.has(path))).toEqual(['replay', 'demo', 'decode'])
})
