import { execFileSync } from 'node:child_process'
import { openMnl } from '@nfkit/mnl-native'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { afterEach, expect, test } from 'vitest'
import { accept, ipv4Address, openNftables, table, tcp } from '../src/index.ts'
import { Listing } from './listing.ts'

afterEach(() => {
  execFileSync('nft', ['flush', 'ruleset'])
})

const address = (n: number) => `10.${(n >> 16) & 0xff}.${(n >> 8) & 0xff}.${n & 0xff}`

test('100,000 elements are one commit, at the system’s limits as they are', async () => {
  await using nft = await openNftables(openMnl())
  const fw = table('inet', 'fw')
  const set = fw.set('many', { key: ipv4Address })
  const elements = Array.from({ length: 100_000 }, (_, n) => set.element(address(n)))
  await nft.commit((batch) => batch.add(fw, set, ...elements))
  const listing = new Listing(openMnl())
  expect(await listing.elements(family.inet, 'fw', 'many')).toHaveLength(100_000)
  listing.close()
})

test('5,000 rules are one commit, each with its handle', async () => {
  await using nft = await openNftables(openMnl())
  const fw = table('inet', 'fw')
  const chain = fw.chain('many')
  const rules = Array.from({ length: 5_000 }, (_, n) => chain.rule(tcp.dport.is(n), accept()))
  const { handles } = await nft.commit((batch) => batch.add(fw, chain, ...rules))
  expect(new Set(rules.map((rule) => handles.get(rule))).size).toBe(5_000)
  expect(handles.get(rules[4_999]!)).toBeTypeOf('bigint')
})

test('one element of many that is refused is named', async () => {
  await using nft = await openNftables(openMnl())
  const fw = table('inet', 'fw')
  const set = fw.set('many', { key: ipv4Address })
  await nft.commit((batch) => batch.add(fw, set, set.element(address(7_000))))
  const elements = Array.from({ length: 10_000 }, (_, n) => set.element(address(n)))
  await expect(nft.commit((batch) => batch.create(...elements))).rejects.toThrow(
    'tables.fw.sets.many.elements[7000] 10.0.27.88 is there with another value',
  )
})
