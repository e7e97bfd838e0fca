import { readFileSync } from 'node:fs'
import { formatHex, parseHex } from '@nfkit/inet'
import { Attrs, decode } from '@nfkit/netlink-codec'
import { netfilterHeaderSize } from '@nfkit/netlink-codec/nfnetlink'
import { nftRule } from '@nfkit/netlink-codec/nftables'
import { describe, expect, test } from 'vitest'
import { stepsOf } from '../src/commit/batch.ts'
import { Encoding } from '../src/commit/encoding.ts'
import {
  accept,
  addTo,
  assign,
  concat,
  counter,
  ct,
  drop,
  ip,
  ipv4Address,
  limit,
  log,
  meta,
  notrack,
  type Part,
  queue,
  RuleBatch,
  reject,
  service,
  table,
  tcp,
  udp,
  vmap,
} from '../src/index.ts'

/** Messages of two batches that were loaded on four kernels (6.1, 6.12, 6.18, 7.3), and of which nft listed what is meant. */
const golden = new Map(
  readFileSync(new URL('golden.txt', import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.split(': '))
    .filter((parts) => parts.length > 1)
    .map((parts) => [parts.slice(0, -1).join(': '), parseHex(parts.at(-1)!)!] as const),
)

const M = 0xff0000
const fw = table('inet', 'nfkit', { owner: true })
const allow = fw.set('allow', { key: ipv4Address, timeoutSeconds: 60 })
const nets = fw.set('nets', { key: ipv4Address, interval: true })
const svc = fw.set('svc', { key: [ipv4Address, service], interval: true })
const blocked = fw.set('blocked', { key: [ipv4Address, ipv4Address, service], timeouts: true, size: 10_000 })
const cached = fw.map('cached', { key: 'mark', value: 'verdict' })
const hits = fw.counter('hits')
const out = fw.chain('out', { hook: 'output', priority: -150 })
const [refuse, raw] = [fw.chain('refuse'), fw.chain('raw', { hook: 'output', priority: 'raw' })]
const [judge, save] = [
  fw.chain('judge', { hook: 'output', priority: -1 }),
  fw.chain('save', { hook: 'output', priority: 0 }),
]

const marked = (value: number) => meta.mark.masked(M).is(value)

const parts: readonly (readonly [name: string, part: Part, queue?: 'target'])[] = [
  [
    'NEWRULE append: meta nfproto ipv4, ip daddr @allow, counter, accept',
    out.rule(ip.daddr.in(allow), counter(), accept()),
  ],
  [
    'NEWRULE append, native: ct state new, queue flags bypass to 7',
    out.rule(ct.state.in(['new']), queue(7, { bypass: true })),
  ],
  [
    'the same rule with target NFQUEUE rev 3 (6.18)',
    out.rule(ct.state.in(['new']), queue(7, { bypass: true })),
    'target',
  ],
  ['NEWRULE refuse: tcp reset', refuse.rule(reject('tcp reset'))],
  ['NEWRULE refuse: icmpx admin-prohibited', refuse.rule(reject('icmpx admin-prohibited'))],
  ['NEWRULE raw: udp dport 53 notrack', raw.rule(udp.dport.is(53), notrack())],
  ['NEWRULE judge: ct state related accept', judge.rule(ct.state.in(['related']), accept())],
  ['NEWRULE judge: ip daddr @nets counter name hits', judge.rule(ip.daddr.in(nets), counter(hits))],
  ['NEWRULE judge: ip daddr . tcp dport @svc accept', judge.rule(concat(ip.daddr, tcp.dport).in(svc), accept())],
  [
    'NEWRULE judge: ip saddr . ip daddr . tcp dport @blocked drop',
    judge.rule(concat(ip.saddr, ip.daddr, tcp.dport).in(blocked), drop()),
  ],
  ['NEWRULE judge: ct mark & 0xff0000 vmap @cached', judge.rule(vmap(ct.mark.masked(M), cached))],
  [
    'NEWRULE judge: limit rate 10/second burst 5, log prefix "new " group 5',
    judge.rule(limit(10), log({ prefix: 'new ', group: 5 })),
  ],
  [
    'NEWRULE judge: queue flags bypass,fanout to 10-13, native',
    judge.rule(queue(10, 13, { bypass: true, fanout: true })),
  ],
  [
    'NEWRULE save: mark & M == 0x110000, ct mark set, meta mark cleared, accept',
    save.rule(
      marked(0x110000),
      assign(ct.mark, ct.mark, { mask: M, value: 0x110000 }),
      assign(meta.mark, meta.mark, { mask: M }),
      accept(),
    ),
  ],
  [
    'NEWRULE save: mark & M == 0x210000, ip, tcp, add @blocked { saddr . daddr . dport timeout 30s } drop',
    save.rule(marked(0x210000), addTo(blocked, concat(ip.saddr, ip.daddr, tcp.dport), { timeoutSeconds: 30 }), drop()),
  ],
]

const encoded = (part: Part, form: 'expression' | 'target' = 'expression') =>
  new Encoding({ queue: form, echo: false }).add(stepsOf(new RuleBatch().add(part)))[0]!.message

const attribute = (message: Uint8Array, id: number) => {
  const attrs = new Attrs(message, netfilterHeaderSize)
  return [...attrs.list()].filter((one) => one.id === id).map(({ bytes }) => formatHex(bytes))
}

/** Without what the kernel takes for granted: the operation of a mask, a state that is none, a set's number beside its name. */
const expressions = (message: Uint8Array) =>
  decode(nftRule, message, netfilterHeaderSize).expressions?.map(({ name, data }) => {
    if (name === 'lookup') return [name, { ...data, setId: undefined }]
    if (name === 'reject') return [name, { icmpCode: 0, ...data }]
    return [name, name === 'bitwise' ? { op: 'maskXor', ...data } : data]
  })

test.each(parts.map(([name, part, form]) => ({ name, part, form })))('$name', ({ name, part, form }) => {
  const wanted = golden.get(name)
  expect(wanted).toBeDefined()
  expect(expressions(encoded(part, form))).toEqual(expressions(wanted!))
})

describe('tables, chains, sets, objects and elements are written as they were', () => {
  test.each<[string, Part]>([
    ['NEWTABLE inet nfkit, OWNER, CREATE', fw],
    ['NEWTABLE inet nfkit, flags owner', fw],
    ['NEWCHAIN out: filter, output, −150, accept', out],
    ['NEWCHAIN refuse', refuse],
    ['NEWCHAIN raw: filter, output, −300', raw],
    ['NEWOBJ counter hits', hits],
    ['NEWSET allow: ipv4, flags timeout, 60 s, ID 1', allow],
    ['NEWSET nets: ipv4, interval', nets],
    ['NEWSET svc: ipv4 . inet_service, interval|concat', svc],
    ['NEWSET blocked: ipv4 . ipv4 . inet_service, timeout, size 10000', blocked],
    ['NEWSET cached: map mark : verdict', cached],
    ['NEWSETELEM 192.0.2.1 timeout 10 s', allow.element('192.0.2.1', { timeoutSeconds: 10 })],
    ['NEWSETELEM svc 198.51.100.0/24 . 80-443', svc.element(['198.51.100.0/24', { from: 80, to: 443 }])],
  ])('%s', (name, part) => {
    const wanted = new Attrs(golden.get(name)!, netfilterHeaderSize)
    const got = new Attrs(encoded(part), netfilterHeaderSize)
    // What nft reads beside, and the number in the batch, are ours.
    for (const { id, bytes } of wanted.list())
      if (id !== 10 && !(name.startsWith('NEWSETELEM') && id === 4))
        expect(attribute(got.bytes, id), `attribute ${id}`).toEqual([formatHex(bytes)])
  })
})
