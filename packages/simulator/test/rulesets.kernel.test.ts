import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { packet } from '@nfkit/ip-codec/build'
import { openMnl } from '@nfkit/mnl-native'
import {
  assign,
  ct,
  type Listing,
  meta,
  type Nftables,
  openNftables,
  parseJson,
  printRule,
  printRuleset,
  type TraceStep,
  table,
} from '@nfkit/nftables'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type HookName, SimulatedKernel } from '../src/index.ts'
import { Tunnels } from './rulesets/tunnels.ts'

/** Rule sets that programs install, on this kernel and on a simulated one: the same packets take the same way, rule by rule. */

const file = (name: string) => new URL(`rulesets/${name}`, import.meta.url).pathname
const run = (program: string, args: readonly string[], input?: string) =>
  execFileSync(program, args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 2 ** 26 })
const nft = (...args: string[]) => run('nft', args)

const packets = readFileSync(file('packets.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [, hook, indev, outdev, text] = /^(\S+)\s+(\S+)\s+(\S+)\s+(.*)$/.exec(line)!
    return { text: text!, hook: hook as HookName, indev: indev!, outdev: outdev === '-' ? undefined : outdev }
  })

const tracer = table('inet', 'tracer')
const marks = tracer.chain('marks', { hook: 'prerouting', priority: -1000 })

let tunnels: Tunnels
let ours: Nftables
beforeAll(async () => {
  tunnels = new Tunnels()
  await tunnels.ready()
  ours = await openNftables(openMnl())
})
afterAll(() => {
  ours.close()
  tunnels.close()
})
beforeEach(() => {
  nft('flush', 'ruleset')
  // What the packets before were of is forgotten.
  run('conntrack', ['-F'])
})

/** Counters go on, and are no part of what a rule is. */
const text = (rule: string) => rule.replace(/counter packets \d+ bytes \d+/g, 'counter')

/** The way of each packet through the chains of this kernel. */
async function real(): Promise<readonly (readonly string[])[]> {
  // Connections are tracked where a rule needs it; in the simulated kernel they always are.
  const tracks = marks.rule(ct.state.in(['new']))
  await ours.commit((batch) => batch.add(tracer, marks, marks.rule(assign(meta.nftrace, 1)), tracks))
  const trace = ours.steps({ signal: AbortSignal.timeout(100_000) })
  const sent = (async () => {
    // One more tells that the others are at their ends.
    for (const { text, indev } of [...packets, ...packets.slice(0, 1)]) await tunnels.receive(indev, packet(text))
  })()
  const ways: string[][] = []
  // The kernel gives packets of one connection the same id where they lie in the same memory: each begins behind the tracer's chain.
  const current = new Map<number, string[]>()
  for await (const event of trace) {
    if (event.kind !== 'step') continue
    const { step, packet } = event
    if (step.table === 'tracer') {
      if (step.kind !== 'policy') continue
      if (ways.length === packets.length) break
      const way: string[] = []
      ways.push(way)
      current.set(packet.id, way)
    } else if (step.kind !== 'return') current.get(packet.id)!.push(stepText(step))
  }
  await sent
  await ours.commit((batch) => batch.delete(tracer))
  return ways
}

const stepText = ({ family, table, chain, rule, verdict }: TraceStep) =>
  `${family} ${table} ${chain}: ${rule ? text(printRule(rule)) : `policy ${verdict?.kind}`}`

/** The same in a simulated kernel with the same rules. */
async function simulated(rules: Listing | string): Promise<readonly (readonly string[])[]> {
  const kernel = new SimulatedKernel({
    profile: '6.18',
    interfaces: {
      lo: 1,
      outer0: { index: 2, addresses: ['192.0.2.2', '2001:db8::2'], peerAddress: null },
      inner0: { index: 3, addresses: ['10.0.0.1', 'fd00::1'], peerAddress: null },
    },
  })
  await kernel.load(rules)
  const ways: string[][] = []
  for (const { text: line, hook, indev, outdev } of packets) {
    const outcome = await kernel.deliver(packet(line), { hook, indev, ...(outdev === undefined ? {} : { outdev }) })
    const steps = await kernel.explain(outcome)
    ways.push(steps.map(({ family, table, chain, text: rule }) => `${family} ${table} ${chain}: ${text(rule)}`))
  }
  return ways
}

async function expectSame(rules: Listing | string): Promise<void> {
  const ways = await simulated(rules)
  expect(new Set(ways.map((way) => way.at(-1))).size).toBeGreaterThan(1)
  const told = await real()
  expect(packets.map(({ text }, i) => [text, ways[i]])).toEqual(packets.map(({ text }, i) => [text, told[i]]))
}

test('twenty packets', () => expect(packets).toHaveLength(20))

const examples = '/usr/share/doc/nftables/examples'
const loaders = {
  firewalld: () => nft('-j', '-f', file('firewalld.json')),
  fail2ban: () => nft('-f', file('fail2ban.nft')),
  ...Object.fromEntries(
    [
      'workstation',
      'inet-filter',
      'inet-nat',
      'ipv4-filter',
      'ipv6-filter',
      'ipv4-nat',
      'ipv4-raw',
      'nat',
      'ct_helpers',
    ].map((name) => [
      `${name}.nft of Debian’s examples`,
      existsSync(`${examples}/${name}.nft`) ? () => nft('-f', `${examples}/${name}.nft`) : undefined,
    ]),
  ),
}

describe.each(Object.entries(loaders))('%s', (_, load) => {
  test.skipIf(load === undefined)('loads and prints (skipped where the file is not installed)', async () => {
    load!()
    const listing = parseJson(nft('-j', 'list', 'ruleset'))
    const printed = printRuleset(listing)
    expect(printed).not.toContain('expression')
    nft('flush', 'ruleset')
    run('nft', ['-f', '-'], printed)
    const kernel = new SimulatedKernel({ profile: '6.18' })
    await kernel.load(listing)
    const nf = await openNftables(kernel.connect())
    expect(printRuleset(await nf.list())).toBe(printed)
    nf.close()
  })

  test.skipIf(load === undefined)('judges packets as this kernel does', async () => {
    load!()
    await expectSame(nft('-j', 'list', 'ruleset'))
  })
})

describe.each(['docker', 'libvirt'])('%s, by iptables', (name) => {
  test('judges packets as this kernel does', async () => {
    run('iptables-nft-restore', [], readFileSync(file(`${name}.rules`), 'utf8'))
    await expectSame(await ours.list())
  })
})
