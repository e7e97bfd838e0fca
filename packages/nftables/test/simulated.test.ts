import { readFileSync } from 'node:fs'
import { parseHex } from '@nfkit/inet'
import { udp as udpPacket } from '@nfkit/ip-codec/build'
import { SimulatedKernel } from '@nfkit/simulator'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  accept,
  CommitError,
  comment,
  counter,
  ip,
  ipv4Address,
  jump,
  meta,
  type Nftables,
  openNftables,
  type Part,
  printRuleset,
  queue,
  type RulesetEvent,
  table,
  tcp,
  udp,
  vmap,
} from '../src/index.ts'
import { refusals } from './refusals.ts'

let kernel: SimulatedKernel
let ours: Nftables
beforeEach(async () => {
  kernel = new SimulatedKernel({ profile: 'debian-6.12' })
  ours = await openNftables(kernel.connect())
})
afterEach(() => ours.close())

const fw = table('inet', 'fw')
const out = fw.chain('out', { hook: 'output' })
const regular = fw.chain('regular')
const allow = fw.set('allow', { key: ipv4Address, interval: true })
const judged = fw.map('judged', { key: 'mark', value: 'verdict' })
const hits = fw.counter('hits')
const parts: readonly Part[] = [
  fw,
  out,
  regular,
  allow,
  judged,
  hits,
  allow.element('10.0.0.0/8'),
  allow.element('192.0.2.1'),
  judged.element(1, jump(regular)),
  out.rule(ip.daddr.in(allow), counter(hits), accept(), comment('home')),
  out.rule(tcp.dport.in([80, 443]), accept()),
  out.rule(vmap(meta.mark, judged)),
  regular.rule(udp.dport.is(53), queue(0, { bypass: true })),
]

test('what is applied is there, and then nothing is left to do', async () => {
  await ours.apply(parts)
  const generation = await ours.generation()
  expect((await ours.plan(parts)).text).toBe('')
  await ours.apply(parts)
  expect(await ours.generation()).toBe(generation)
  await ours.apply(parts.slice(0, -1).concat(allow.element('192.0.2.7')))
  expect(printRuleset(await ours.list())).toMatchInlineSnapshot(`
    "table inet fw {
    	counter hits {
    		packets 0 bytes 0
    	}

    	set allow {
    		type ipv4_addr
    		flags interval
    		elements = { 10.0.0.0/8, 192.0.2.1, 192.0.2.7 }
    	}

    	map judged {
    		type mark : verdict
    		elements = { 0x00000001 : jump regular }
    	}

    	chain out {
    		type filter hook output priority 0; policy accept;
    		ip daddr @allow counter name "hits" accept comment "home"
    		tcp dport { 80, 443 } accept
    		meta mark vmap @judged
    	}

    	chain regular {
    	}
    }
    "
  `)
})

test('a base chain of many rules comes into a table that is there', async () => {
  await ours.apply([fw, allow])
  await ours.apply(parts)
  expect((await ours.plan(parts)).text).toBe('')
  const other = out.rule(tcp.dport.is(25), accept())
  const more = fw.chain('in', { hook: 'input' })
  await ours.commit((batch) =>
    batch
      .add(more, more.rule(accept()))
      .add(other)
      .addAfter(other, out.rule(tcp.dport.is(26), accept())),
  )
})

test('whoever watches sees what others commit', async () => {
  const events = ours.watch()[Symbol.asyncIterator]()
  const next = async () => (await events.next()).value as RulesetEvent
  expect((await next()).kind).toBe('ruleset')
  const others = await openNftables(kernel.connect())
  await others.commit((batch) => batch.add(fw, regular))
  expect(await next()).toMatchObject({
    kind: 'commit',
    generation: 2,
    changes: [{ what: fw }, { what: { name: 'regular' } }],
  })
  await others.commit((batch) => batch.add(regular.rule(counter(), accept())))
  expect(await next()).toMatchObject({ kind: 'commit', generation: 3, changes: [{ what: { kind: 'rule' } }] })
  others.close()
})

test('a batch for another generation does nothing', async () => {
  const generation = await ours.generation()
  await ours.commit((batch) => batch.add(fw), { generation })
  await expect(ours.commit((batch) => batch.add(regular), { generation })).rejects.toMatchObject({ code: 'ERESTART' })
})

test('what is tried leaves no trace', async () => {
  const generation = await ours.generation()
  await ours.check((batch) => batch.add(fw, out, regular, out.rule(jump(regular))))
  await expect(ours.check((batch) => batch.add(fw, out.rule(accept())))).rejects.toThrow('chain "out" does not exist')
  expect(await ours.generation()).toBe(generation)
})

test("a table with an owner is nobody else's, and goes when it is closed", async () => {
  const owned = table('inet', 'fw', { owner: true })
  const maker = await openNftables(kernel.connect())
  await maker.commit((batch) => batch.add(owned, out))
  await expect(ours.commit((batch) => batch.add(regular))).rejects.toThrow('belongs to another socket')
  maker.close()
  expect((await ours.list()).tables).toEqual([])
})

test.each([
  ['debian-6.1', { owner: true, persist: false, destroy: false, queue: 'expression' }],
  ['debian-6.12', { owner: true, persist: true, destroy: true, queue: 'expression' }],
  ['6.18', { owner: true, persist: true, destroy: true, queue: 'target' }],
  ['debian-7.3', { owner: true, persist: true, destroy: true, queue: 'expression' }],
] as const)('%s has what such kernels have', async (profile, features) => {
  const nft = await openNftables(new SimulatedKernel({ profile }).connect())
  expect(await nft.features()).toEqual(features)
  await nft.apply(parts)
  expect((await nft.plan(parts)).text).toBe('')
  nft.close()
})

test('rules are listed without the elements of named sets, those that are parts of rules included', async () => {
  await ours.commit((batch) => batch.add(...parts))
  const [whole, bare] = [await ours.list(), await ours.list({ elements: false })]
  const elements = ({ tables }: typeof whole) => tables[0]!.sets.map((set) => set.elements.length)
  expect([elements(whole), elements(bare)]).toEqual([
    [2, 1],
    [0, 0],
  ])
  expect(bare.tables[0]!.chains).toEqual(whole.tables[0]!.chains)
})

test('counters that have a name are read without the rest, and only those of the table', async () => {
  await ours.commit((batch) => batch.add(...parts, table('inet', 'other'), table('inet', 'other').counter('others')))
  const told = udpPacket('192.0.2.9:1000 > 10.0.0.1:53', { payload: 'hello' })
  await kernel.deliver(told, { hook: 'output', outdev: 'eth0' })
  expect(await ours.objects(fw)).toEqual([
    { ...hits, state: { kind: 'counter', packets: 1n, bytes: BigInt(told.length) } },
  ])
  expect(await ours.objects(table('inet', 'none'))).toEqual([])
})

test('ten thousand elements are listed as they were added', async () => {
  const many = fw.set('many', { key: ipv4Address, interval: true })
  const addresses = Array.from({ length: 10_000 }, (_, i) => `10.${i >> 8}.${i & 255}.1`)
  await ours.commit((batch) => batch.add(fw, many, ...addresses.map((address) => many.element(address))))
  expect((await ours.list()).tables[0]!.sets[0]!.elements).toHaveLength(addresses.length)
})

const golden = readFileSync(new URL('golden.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.includes(': '))
  .map((line) => parseHex(line.slice(line.lastIndexOf(': ') + 2))!)
const framed = (type: string) => parseHex(`14000000${type}00010000000000000000000000000a`)!

test.each(['debian-6.1', 'debian-6.12', '6.18', 'debian-7.3'] as const)(
  'batches that were loaded on real kernels load on %s',
  async (profile) => {
    const simulated = new SimulatedKernel({ profile })
    const socket = simulated.socket()
    socket.bind()
    const second = golden.findIndex((_, i) => i > 0 && golden[i]![8] === 1)
    for (const batch of [golden.slice(0, second), golden.slice(second)]) {
      const isOther = (bytes: Uint8Array) => Buffer.from(bytes).includes(profile === '6.18' ? 'queue\0' : 'NFQUEUE\0')
      socket.send(Buffer.concat([framed('10'), ...batch.filter((bytes) => !isOther(bytes)), framed('11')]))
      expect(socket.poll()).toEqual({ readable: false, error: false })
    }
    const nft = await openNftables(simulated.connect())
    await expect(printRuleset(await nft.list())).toMatchFileSnapshot('golden.nft')
    nft.close()
    socket.close()
  },
)

describe('a simulated kernel refuses, as real ones do,', () => {
  test.each(refusals)('$name', async ({ given, others, when, path, code, says, clause }) => {
    const stranger = others && (await openNftables(kernel.connect()))
    if (others) await stranger!.commit(others)
    if (given) await ours.commit(given)
    const before = printRuleset(await ours.list())
    const error = await ours.commit(when).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(CommitError)
    expect((error as CommitError).failures[0]).toMatchObject({
      path,
      code,
      reason: typeof says === 'string' ? says : expect.stringMatching(says),
    })
    if (clause !== undefined) expect((error as CommitError).failures[0]?.clause?.kind).toBe(clause)
    expect(printRuleset(await ours.list())).toBe(before)
    stranger?.close()
  })
})
