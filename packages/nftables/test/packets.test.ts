import { parseIp } from '@nfkit/ip-codec'
import { tcp as segment } from '@nfkit/ip-codec/build'
import { openQueue } from '@nfkit/nfqueue'
import { type DeliverOptions, type ProfileName, SimulatedKernel } from '@nfkit/simulator'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  drop,
  ip,
  ipv4Address,
  jump,
  type Nftables,
  openNftables,
  type Part,
  parse,
  printRule,
  queue,
  table,
  vmap,
} from '../src/index.ts'

/** Packets meet rules in the simulated kernel. */

let kernel: SimulatedKernel
let ours: Nftables
async function use(profile: ProfileName): Promise<void> {
  kernel = new SimulatedKernel({ profile, interfaces: { lo: 1, eth0: { index: 2, addresses: ['198.51.100.1'] } } })
  ours = await openNftables(kernel.connect())
}
beforeEach(() => use('debian-6.12'))
afterEach(() => {
  ours.close()
  kernel.assertQuiet()
})

const fw = table('inet', 'fw')
const input = fw.chain('input', { hook: 'input', priority: 'filter' })
const [client, server] = ['192.0.2.1', '198.51.100.1']
const syn = (port = 22) => segment(`${client}:1000 > ${server}:${port}`, { syn: true })
const load = (...parts: readonly Part[]) => ours.apply([fw, ...parts])
const rules = (...texts: readonly string[]): readonly Part[] => [
  input,
  ...texts.map((text) => input.rule(...parse(text))),
]
const deliver = (bytes = syn(), options: DeliverOptions = {}) => kernel.deliver(bytes, { queue: null, ...options })
const listed = async () =>
  (await ours.list()).tables.flatMap(({ chains }) => chains.flatMap(({ rules }) => rules.map(printRule)))

test('a rule drops what it matches, and counts it', async () => {
  await load(...rules('tcp dport 22 counter drop'))
  expect(await deliver()).toMatchObject({ verdict: 'drop', reason: 'rule' })
  expect(await deliver(syn(23))).toMatchObject({ verdict: 'accept' })
  expect(await listed()).toEqual(['tcp dport 22 counter packets 1 bytes 40 drop'])
})

test('the policy decides where no rule does', async () => {
  const closed = fw.chain('input', { hook: 'input', priority: 'filter', policy: 'drop' })
  await load(closed, closed.rule(...parse('tcp dport 22 accept')))
  expect(await deliver()).toMatchObject({ verdict: 'accept' })
  const { verdict, path } = await deliver(syn(23))
  expect([verdict, path.at(-1)]).toEqual([
    'drop',
    { family: 'inet', table: 'fw', chain: 'input', rule: undefined, verdict: 'drop', to: undefined },
  ])
})

test('chains of one hook run by priority, of equal ones the younger first, and accept ends only its own', async () => {
  const chain = (name: string, priority: number) => fw.chain(name, { hook: 'input', priority })
  const chains = [chain('late', 5), chain('older', 0), chain('younger', 0), chain('early', -5)]
  await load(...chains, ...chains.map((one) => one.rule(...parse('counter accept'))))
  const { path } = await deliver()
  expect(path.map((step) => step.chain)).toEqual(['early', 'younger', 'older', 'late'])
})

test('a jump comes back, a goto does not', async () => {
  const [there, away] = [fw.chain('there'), fw.chain('away')]
  await load(
    there,
    away,
    there.rule(...parse('meta mark set 1')),
    away.rule(...parse('meta mark set 0x3')),
    input,
    input.rule(jump(there)),
    input.rule(...parse('meta mark 1 goto away')),
    input.rule(...parse('drop')),
  )
  const { verdict, mark, path } = await deliver()
  expect([verdict, mark]).toEqual(['accept', 3])
  expect(path.map(({ chain, verdict, to }) => [chain, verdict, to])).toEqual([
    ['input', 'jump', 'there'],
    ['there', 'continue', undefined],
    ['input', 'goto', 'away'],
    ['away', 'continue', undefined],
    ['input', 'accept', undefined],
  ])
})

test('a set has addresses, for as long as they live', async () => {
  const blocked = fw.set('blocked', { key: ipv4Address, timeouts: true })
  await load(blocked, blocked.element(client, { timeoutSeconds: 60 }), input, input.rule(ip.saddr.in(blocked), drop()))
  expect(await deliver()).toMatchObject({ verdict: 'drop' })
  kernel.advance(61)
  expect(await deliver()).toMatchObject({ verdict: 'accept' })
})

test('a verdict map has a verdict for each key, also by networks', async () => {
  const judged = fw.map('judged', { key: ipv4Address, value: 'verdict', interval: true })
  await load(judged, judged.element('192.0.2.0/24', drop()), input, input.rule(vmap(ip.saddr, judged)))
  expect(await deliver()).toMatchObject({ verdict: 'drop' })
  expect(await deliver(segment(`192.0.3.1:1000 > ${server}:22`, { syn: true }))).toMatchObject({ verdict: 'accept' })
})

test('a packet adds its sender to a set, which drops the next', async () => {
  const seen = fw.set('seen', { key: ipv4Address, timeouts: true })
  await load(seen, ...rules('ip saddr @seen drop', 'add @seen { ip saddr timeout 10s }'))
  expect(await deliver()).toMatchObject({ verdict: 'accept' })
  expect(await deliver()).toMatchObject({ verdict: 'drop' })
  kernel.advance(11)
  expect(await deliver()).toMatchObject({ verdict: 'accept' })
})

test('marks go from packets to connections, and back', async () => {
  await load(
    ...rules('ct state new meta mark set 0x17 ct mark set meta mark', 'ct state established meta mark set ct mark'),
  )
  expect(await deliver(syn(), { mark: 1 })).toMatchObject({ mark: 0x17, connmark: 0x17 })
  const answer = segment(`${server}:22 > ${client}:1000`, { syn: true, ack: true })
  await deliver(answer, { hook: 'output' })
  const third = segment(`${client}:1000 > ${server}:22`, { ack: true, sequence: 1, acknowledgment: 1 })
  expect(await deliver(third)).toMatchObject({ mark: 0x17, connmark: 0x17 })
})

test.each([
  ['tcp reset', { rst: true }],
  ['icmpx admin-prohibited', { type: 3, code: 13 }],
  ['icmpx port-unreachable', { type: 3, code: 3 }],
  ['icmp host-unreachable', { type: 3, code: 1 }],
])('reject with %s answers', async (how, answer) => {
  await load(...rules(`${how.startsWith('icmp ') ? 'meta nfproto ipv4 ' : ''}meta l4proto tcp reject with ${how}`))
  const { verdict, answer: bytes } = await deliver()
  expect(verdict).toBe('drop')
  const sent = parseIp(bytes!)
  expect(sent?.tcp ?? sent?.icmp).toMatchObject(answer)
})

test('limit lets pass what its bucket has, and time fills it', async () => {
  await load(...rules('limit rate 1/second burst 2 packets accept', 'drop'))
  const verdicts = []
  for (let i = 0; i < 3; i++) verdicts.push((await deliver(syn(i))).verdict)
  kernel.advance(1)
  verdicts.push((await deliver(syn(9))).verdict)
  expect(verdicts).toEqual(['accept', 'accept', 'drop', 'accept'])
})

test.each(['debian-6.12', '6.18'] as const)('what is queued on %s comes back behind its chain', async (profile) => {
  ours.close()
  await use(profile)
  const later = fw.chain('later', { hook: 'input', priority: 10 })
  await load(input, input.rule(queue(7)), ...rules('drop').slice(1), later, later.rule(...parse('meta mark 5 counter')))
  const queued = await openQueue(kernel.connect(), { number: 7 })
  queued.run((packet) => packet.accept({ mark: 5 }))
  expect(await deliver()).toMatchObject({ verdict: 'accept', mark: 5, queues: [{ queue: 7 }] })
  expect((await listed()).at(-1)).toBe('meta mark 0x00000005 counter packets 1 bytes 40')
  await queued.close()
})

test('a queue without a program drops, unless the rule bypasses it', async () => {
  await load(...rules('tcp dport 22 queue num 7', 'queue flags bypass to 8'))
  expect(await deliver()).toMatchObject({ verdict: 'drop', reason: 'no listener' })
  expect(await deliver(syn(23))).toMatchObject({ verdict: 'accept', reason: 'bypass' })
})

test('the table of an owner that ends takes all that waits with it', async () => {
  const owner = await openNftables(kernel.connect())
  const own = table('inet', 'own', { owner: true })
  const chain = own.chain('input', { hook: 'input', priority: 0 })
  await owner.apply([own, chain, chain.rule(queue(7))])
  const queued = await openQueue(kernel.connect(), { number: 7 })
  queued.run(() => {})
  const outcome = deliver()
  owner.close()
  expect(await outcome).toMatchObject({ verdict: 'drop', reason: 'hook removed' })
  await queued.close()
  expect(await deliver()).toMatchObject({ verdict: 'accept', path: [] })
})

test('dnat and snat translate a connection, and its answers back', async () => {
  const nat = table('ip', 'nat')
  const pre = nat.chain('pre', { type: 'nat', hook: 'prerouting', priority: 'dstnat' })
  await ours.apply([nat, pre, pre.rule(...parse('tcp dport 80 dnat to 10.0.0.9:8080'))])
  const { payload } = await deliver(syn(80), { hook: 'prerouting' })
  expect(`${parseIp(payload)}`).toContain('10.0.0.9:8080')
})

test('a packet that is traced tells each rule and policy it meets', async () => {
  const there = fw.chain('there')
  await load(
    there,
    there.rule(...parse('tcp dport 22')),
    input,
    input.rule(...parse('meta nftrace set 1')),
    input.rule(jump(there)),
  )
  const traces = ours.steps()[Symbol.asyncIterator]()
  const next = traces.next()
  await deliver()
  const { value } = await next
  expect(value).toMatchObject({
    kind: 'step',
    step: { kind: 'rule', family: 'inet', table: 'fw', chain: 'input', verdict: { kind: 'continue' } },
  })
  await traces.return?.()
})

/** What `npm run differ` found. */

test('the machine translates in the table of a version only for that version', async () => {
  const nat = table('ip', 'nat')
  const pre = nat.chain('pre', { type: 'nat', hook: 'prerouting', priority: 'dstnat' })
  await ours.apply([nat, pre, pre.rule(...parse('dnat to 10.0.0.9'))])
  const six = segment('[2001:db8::1]:1000 > [2001:db8::2]:80', { syn: true })
  expect((await deliver(six, { hook: 'prerouting' })).payload).toEqual(six)
})

test('a rule that looks at counts begins to count connections', async () => {
  expect(kernel.conntrack.settings.acct).toBe(false)
  await load(...rules('ct original packets 1 meta mark set 9'))
  expect(kernel.conntrack.settings.acct).toBe(true)
  expect(await deliver()).toMatchObject({ mark: 9 })
})

test('a packet whose header a rule has made wrong does not come back in', async () => {
  const out = fw.chain('out', { hook: 'output', priority: 0 })
  const wrong = [
    { name: 'immediate', data: { dreg: 1, data: { value: Uint8Array.of(0xb8) } } },
    { name: 'payload', data: { sreg: 1, base: 'networkHeader', offset: 1, len: 1 } },
  ] as const
  await load(out, out.rule(...wrong.map((expression) => ({ kind: 'expression' as const, expression }))))
  expect(await deliver(syn(), { hook: 'output', loopback: true })).toMatchObject({
    verdict: 'drop',
    reason: 'malformed',
  })
})

const conntrackMatch = (...at: readonly (readonly [number, number])[]) => {
  const info = new Uint8Array(168)
  for (const [place, byte] of at) info[place] = byte
  return {
    kind: 'expression' as const,
    expression: { name: 'match', data: { name: 'conntrack', rev: 3, info } } as const,
  }
}
/** Where struct xt_conntrack_mtinfo3 has its flags, inversions, states and status. */
const [flagsAt, inversionsAt, statesAt, statusAt] = [146, 148, 150, 152]

test('the match conntrack asks nothing else of a packet without a connection, and no status is none', async () => {
  const stray = segment(`${client}:1000 > ${server}:22`, { fin: true, ack: true })
  const isNotNew = conntrackMatch([flagsAt, 1], [flagsAt + 1, 0x10], [inversionsAt, 1], [statesAt, 8], [statusAt, 4])
  const hasNoStatus = conntrackMatch([flagsAt, 0x40])
  await load(input, input.rule(isNotNew, ...parse('meta mark set 1')), input.rule(hasNoStatus, ...parse('drop')))
  expect(await deliver(stray)).toMatchObject({ verdict: 'accept', mark: 1 })
  expect(await deliver()).toMatchObject({ verdict: 'accept', mark: 0 })
})

test('a table of one version refuses to translate to the other', async () => {
  const nat = table('ip', 'nat')
  const pre = nat.chain('pre', { type: 'nat', hook: 'prerouting', priority: 'dstnat' })
  const other = { name: 'nat', data: { type: 'dnat', family: 10, regProtoMin: 1 } } as const
  const port = { name: 'immediate', data: { dreg: 1, data: { value: Uint8Array.of(0, 80) } } } as const
  const rule = pre.rule(...[port, other].map((expression) => ({ kind: 'expression' as const, expression })))
  await expect(ours.commit((batch) => batch.add(nat, pre, rule))).rejects.toMatchObject({
    failures: [{ code: 'EOPNOTSUPP' }],
  })
})
