import { execFileSync } from 'node:child_process'
import { openMnl } from '@nfkit/mnl-native'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  accept,
  addTo,
  comment,
  counter,
  ct,
  drop,
  ip,
  ipv4Address,
  jump,
  meta,
  type Nftables,
  openNftables,
  type Part,
  parse,
  queue,
  service,
  table,
  tcp,
  udp,
  vmap,
} from '../src/index.ts'
import { conditions, statements } from './corpus.ts'

const nft = (...args: string[]) => execFileSync('nft', args, { stdio: ['ignore', 'pipe', 'ignore'] }).toString()
const fw = table('inet', 'fw')
const out = fw.chain('out', { hook: 'output' })
const regular = fw.chain('regular')
const allow = fw.set('allow', { key: ipv4Address, interval: true })
const seen = fw.set('seen', { key: ipv4Address, timeouts: true })
const judged = fw.map('judged', { key: 'mark', value: 'verdict' })
const hits = fw.counter('hits')

let ours: Nftables
beforeEach(async () => {
  ours = await openNftables(openMnl())
})
afterEach(() => {
  ours.close()
  nft('flush', 'ruleset')
})

const first: readonly Part[] = [
  fw,
  out,
  regular,
  allow,
  seen,
  judged,
  hits,
  allow.element('10.0.0.0/8'),
  allow.element('192.0.2.1'),
  judged.element(1, jump(regular)),
  out.rule(ct.state.in(['established']), accept()),
  out.rule(ip.daddr.in(allow), counter(hits), accept(), comment('home')),
  out.rule(tcp.dport.in([80, 443]), addTo(seen, ip.daddr, { timeoutSeconds: 60 }), accept()),
  out.rule(vmap(meta.mark, judged)),
  out.rule(counter(), drop()),
  regular.rule(udp.dport.is(53), queue(0, { bypass: true })),
]

test('what is not there is made, and then nothing is left to do', async () => {
  const { text, lostHooks } = await ours.apply(first)
  expect(text).toMatch(
    /^add table inet fw\nadd chain inet fw out \{ type filter hook output priority 0; policy accept; \}\n/,
  )
  expect(text).toContain('add rule inet fw out ip daddr @allow counter name "hits" accept comment "home"\n')
  expect(lostHooks).toEqual([])
  const generation = await ours.generation()
  expect((await ours.plan(first)).text).toBe('')
  await ours.apply(first)
  expect(await ours.generation()).toBe(generation)
})

test('a base chain of many rules comes into a table that is there', async () => {
  await ours.apply([fw, allow])
  await ours.apply(first)
  expect((await ours.plan(first)).text).toBe('')
})

test('what differs is changed, and nothing else', async () => {
  await ours.apply(first)
  const listed = () =>
    [...nft('-a', 'list', 'chain', 'inet', 'fw', 'out').matchAll(/^\t\t(?!type)(.*?) # handle (\d+)$/gm)].map(
      ([, rule, handle]) => [rule, Number(handle)] as const,
    )
  const before = new Map(listed())
  const second = [
    fw,
    fw.chain('out', { hook: 'output', policy: 'drop' }),
    allow,
    seen,
    hits,
    allow.element('10.0.0.0/8'),
    allow.element('192.0.2.2'),
    out.rule(ct.state.in(['established']), accept()),
    out.rule(meta.oifname.is('lo'), accept()),
    out.rule(ip.daddr.in(allow), counter(hits), accept(), comment('home')),
    out.rule(counter(), drop()),
  ]
  const { text } = await ours.apply(second)
  expect(text.split('\n').map((line) => line.replace(/ handle \d+ #.*| position \d+/, ''))).toEqual([
    'delete rule inet fw out',
    'delete rule inet fw out',
    'flush chain inet fw regular',
    'delete map inet fw judged',
    'delete chain inet fw regular',
    'add chain inet fw out { type filter hook output priority 0; policy drop; }',
    'delete element inet fw allow { 192.0.2.1 }',
    'add element inet fw allow { 192.0.2.2 }',
    'add rule inet fw out oifname "lo" accept',
    '',
  ])
  for (const [rule, handle] of listed()) if (before.has(rule!)) expect(handle).toBe(before.get(rule!))
  expect(listed().map(([rule]) => rule)).toEqual([
    'ct state established accept',
    'oifname "lo" accept',
    'ip daddr @allow counter name "hits" accept comment "home"',
    'counter packets 0 bytes 0 drop',
  ])
  expect((await ours.plan(second)).text).toBe('')
})

test('a base chain that is not wanted keeps its hook, empty and open', async () => {
  const closed = fw.chain('out', { hook: 'output', policy: 'drop' })
  await ours.apply([fw, closed, closed.rule(ip.daddr.is('192.0.2.1'), drop())])
  await ours.apply([fw])
  expect(nft('list', 'chain', 'inet', 'fw', 'out').replace(/\s+/g, ' ')).toContain(
    'chain out { type filter hook output priority filter; policy accept; } }',
  )
  expect((await ours.plan([fw])).text).toBe('')
})

test('a base chain that must move says that its hook is lost', async () => {
  await ours.apply([fw, out])
  const { lostHooks } = await ours.apply([fw, fw.chain('out', { hook: 'output', priority: 5 })])
  expect(lostHooks).toEqual(['tables.fw.chains.out'])
  expect(nft('list', 'ruleset')).toContain('priority filter + 5')
})

test('a set of another key takes the rules that name it along', async () => {
  await ours.apply(first)
  const ports = fw.set('allow', { key: service })
  const { text } = await ours.apply([fw, out, ports, ports.element(80), out.rule(tcp.dport.in(ports), accept())])
  expect(text).toContain('delete set inet fw allow\n')
  expect(nft('list', 'ruleset')).toContain('tcp dport @allow accept')
})

test('elements that come and go by themselves stay', async () => {
  await ours.apply([fw, seen])
  await ours.commit((batch) => batch.add(seen.element('192.0.2.9', { timeoutSeconds: 600 })))
  const { text } = await ours.apply([fw, seen])
  expect(text).toBe('')
})

test('other tables are not touched', async () => {
  nft('add', 'table', 'inet', 'others')
  await ours.apply(first)
  await ours.apply([fw])
  expect(nft('list', 'tables')).toContain('table inet others')
})

test('begins anew when the ruleset changes meanwhile', async () => {
  await ours.apply(first)
  const stranger = await openNftables(openMnl())
  const busy = (async () => {
    const t = table('inet', 'busy')
    for (let i = 0; i < 20; i++) await stranger.commit((batch) => (i % 2 ? batch.delete(t) : batch.add(t)))
  })()
  for (let i = 0; i < 5; i++) await ours.apply([...first, regular.rule(counter(), comment(`${i}`))])
  await busy
  stranger.close()
  expect(nft('list', 'chain', 'inet', 'fw', 'regular')).toContain('comment "4"')
})

test('every rule of the corpus is known again', async () => {
  const rules = [...conditions, ...statements.filter((text) => !/^(notrack)|@|name/.test(text))]
  const c = fw.chain('c')
  const other = fw.chain('other')
  const wanted = [fw, other, c, ...rules.map((text) => c.rule(...parse(text)))]
  await ours.apply(wanted)
  expect((await ours.plan(wanted)).text).toBe('')
})

test('what is wanted twice, or nowhere, is refused', async () => {
  await expect(ours.apply([fw, fw])).rejects.toThrow('table fw: it is wanted twice')
  await expect(ours.apply([fw, out, out])).rejects.toThrow('chain out: it is wanted twice')
  await expect(ours.apply([out])).rejects.toThrow('its table "inet fw" is not among what is wanted')
  await expect(ours.apply([fw, out.rule(drop())])).rejects.toThrow('its chain "out" is not among what is wanted')
  await expect(ours.apply([fw, allow.element('192.0.2.1')])).rejects.toThrow(
    'its set "allow" is not among what is wanted',
  )
})
