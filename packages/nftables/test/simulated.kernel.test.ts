import { openMnl } from '@nfkit/mnl-native'
import { netfilter } from '@nfkit/netlink-codec/nfnetlink'
import { nftMessage } from '@nfkit/netlink-codec/nftables'
import { Connection, type Transport } from '@nfkit/netlink-transport'
import { SimulatedKernel } from '@nfkit/simulator'
import { expect, test } from 'vitest'
import {
  accept,
  counter,
  drop,
  ipv4Address,
  jump,
  openNftables,
  parse,
  type RuleBatch,
  service,
  table,
} from '../src/index.ts'
import { readRaw } from '../src/reading/snapshot.ts'
import { conditions, lookups, namedSets, statements, translations } from './corpus.ts'

/** What the simulated kernel lists, and what this one does: the same messages made both. */

/** What a kernel in memory does not evaluate, and refuses: there are no routes. */
const unevaluated: readonly string[] = [
  'meta rtclassid 7',
  'fib saddr oif exists',
  'fib daddr . iif type local',
  'fib saddr . mark oif 1',
  'fib saddr oifname "lo"',
]
const evaluated = [...conditions, ...lookups, ...statements].filter((text) => !unevaluated.includes(text))

const fw = table('inet', 'fw')
const sets = namedSets(fw)
const chains = {
  rules: [fw.chain('rules'), evaluated.filter((text) => text !== 'notrack')],
  raw: [fw.chain('raw', { hook: 'output', priority: 'raw' }), ['notrack']],
  pre: [fw.chain('pre', { hook: 'prerouting', priority: 'dstnat', type: 'nat' }), translations.prerouting],
  post: [fw.chain('post', { hook: 'postrouting', priority: 'srcnat', type: 'nat' }), translations.postrouting],
} as const

const blocked = fw.set('them', { key: ipv4Address, interval: true, comment: 'them' })
const pairs = fw.set('two', { key: [ipv4Address, service], interval: true })
const judged = fw.map('judged', { key: 'mark', value: 'verdict' })
const marked = fw.map('marked', { key: ipv4Address, value: 'mark' })
const other = fw.chain('other')

const batches: readonly ((batch: RuleBatch) => unknown)[] = [
  (batch) => {
    batch.add(fw, other, ...sets, fw.counter('hits'), fw.quota('much', 25 * 2 ** 20), fw.limit('slow', 10))
    for (const [chain, list] of Object.values(chains)) {
      batch.add(chain)
      for (const text of list) batch.add(chain.rule(...parse(text, { sets })))
    }
  },
  (batch) =>
    batch.add(
      blocked,
      pairs,
      judged,
      marked,
      blocked.element('10.0.0.0/8', { comment: 'home' }),
      blocked.element('255.255.255.255'),
      pairs.element(['192.0.2.0/24', { from: 80, to: 443 }]),
      judged.element(1, accept()),
      judged.element(0x110000, jump(other)),
      marked.element('192.0.2.1', 7),
    ),
  (batch) =>
    batch.delete(blocked.element('10.0.0.0/8')).flush(pairs).flush(chains.raw[0]).add(other.rule(counter(), drop())),
  (batch) => batch.add(fw.chain('rules')).delete(judged, marked),
]

async function listed(transport: Transport, count: number) {
  const nft = await openNftables(transport)
  for (const batch of batches.slice(0, count)) await nft.commit(batch)
  const connection = new Connection(transport.sibling(), netfilter(nftMessage))
  connection.transport.receive(connection)
  const { generation: _, ...raw } = await readRaw(connection)
  connection.close()
  await nft.commit((batch) => batch.delete(fw))
  nft.close()
  const text = JSON.stringify(raw, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
  })
  return JSON.parse(text) as {
    readonly [kind: string]: readonly {
      readonly attributes: { readonly [name: string]: unknown }
      readonly elements?: readonly unknown[]
    }[]
  }
}

/** Addresses of the kernel's own, the number of the table, and the order of hashes, are no part of what is meant. */
const comparable = (raw: Awaited<ReturnType<typeof listed>>) =>
  Object.fromEntries(
    Object.entries(raw).map(([kind, list]) => [
      kind,
      list.map(({ attributes: { type, count, handle, ...attributes }, elements, ...more }) => ({
        ...more,
        attributes: { ...attributes, ...(kind === 'sets' ? {} : { type }), ...(kind === 'tables' ? {} : { handle }) },
        elements: elements?.map((element) => JSON.stringify(element)).sort(),
      })),
    ]),
  )

test.each(batches.map((_, i) => i + 1))('%i batches', async (count) => {
  const real = comparable(await listed(openMnl(), count))
  const simulated = comparable(await listed(new SimulatedKernel({ profile: '6.18' }).connect(), count))
  for (const kind of Object.keys(real)) expect.soft(simulated[kind], kind).toEqual(real[kind])
})

test.each(unevaluated)('refused, and not let pass: %s', async (text) => {
  expect([...conditions, ...lookups, ...statements]).toContain(text)
  const nft = await openNftables(new SimulatedKernel({ profile: '6.18' }).connect())
  const chain = fw.chain('rules')
  await expect(nft.commit((batch) => batch.add(fw, chain, chain.rule(...parse(text))))).rejects.toThrow(
    /this is not possible/,
  )
  nft.close()
})
