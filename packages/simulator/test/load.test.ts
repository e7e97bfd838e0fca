import {
  accept,
  addTo,
  counter,
  ip,
  ipv4Address,
  openNftables,
  partsOf,
  printRuleset,
  queue,
  RulesetJsonError,
  table,
  tcp,
} from '@nfkit/nftables'
import { expect, test } from 'vitest'
import { SimulatedKernel } from '../src/index.ts'

const kernelOf = () => new SimulatedKernel({ profile: 'debian-6.12' })

async function printed(kernel: SimulatedKernel) {
  const nft = await openNftables(kernel.connect())
  const text = printRuleset(await nft.list())
  nft.close()
  return text
}

const fw = table('inet', 'fw', { comment: 'ours' })
const seen = fw.set('seen', { key: ipv4Address, timeoutSeconds: 60, dynamic: true })
const input = fw.chain('input', { hook: 'input', policy: 'drop' })
const values = [
  fw,
  input,
  seen,
  seen.element('192.0.2.7'),
  fw.counter('hits'),
  input.rule(ip.saddr.in(seen), counter({ packets: 5n, bytes: 100n }), accept()),
  input.rule(tcp.dport.in([80, 443]), addTo(seen, ip.saddr, { timeoutSeconds: 30 }), queue(0)),
]

test('values are loaded', async () => {
  const kernel = kernelOf()
  await kernel.load(values)
  expect(await printed(kernel)).toContain('tcp dport { 80, 443 } add @seen { ip saddr timeout 30s } queue to 0')
  kernel.assertQuiet()
})

test('a listing of one kernel is loaded into another: the same is listed, with counts and what time is left', async () => {
  const [from, to] = [kernelOf(), kernelOf()]
  await from.load(values)
  from.advance(20)
  const nft = await openNftables(from.connect())
  const listing = await nft.list()
  nft.close()
  await to.load(listing)
  expect(await printed(to)).toBe(await printed(from))
  expect(await printed(to)).toContain('192.0.2.7 expires 40s')
  to.advance(41)
  expect(await printed(to)).not.toContain('192.0.2.7')
})

const json = (expr: unknown) =>
  JSON.stringify({
    nftables: [
      { table: { family: 'inet', name: 'fw', handle: 1 } },
      { chain: { family: 'inet', table: 'fw', name: 'c', handle: 2 } },
      { rule: { family: 'inet', table: 'fw', chain: 'c', handle: 3, expr } },
    ],
  })

test('what nft prints in JSON is loaded: interfaces are those of the kernel', async () => {
  const kernel = kernelOf()
  const [first] = kernel.interfaces.list
  await kernel.load(json([{ match: { op: '==', left: { meta: { key: 'iif' } }, right: first!.name } }, { drop: null }]))
  expect(await printed(kernel)).toContain(`iif ${first!.index} drop`)
})

test('a table with an owner stays when it is loaded', async () => {
  const kernel = kernelOf()
  await kernel.load([table('inet', 'owned', { owner: true })])
  expect(await printed(kernel)).toBe('table inet owned {\n}\n')
})

test('what cannot be loaded is told, and nothing of it is loaded', async () => {
  const kernel = kernelOf()
  await expect(kernel.load(json([{ xt: null }]))).rejects.toBeInstanceOf(RulesetJsonError)
  await expect(kernel.load([input])).rejects.toThrow('table "fw" does not exist')
  const others = [{ kind: 'object', attributes: { name: 'ftp' } }] as const
  const listing = { tables: [{ table: fw, handle: 1n, chains: [], sets: [], objects: [], others }] }
  expect(() => partsOf(listing)).toThrow('there is no value for a part of it (object)')
  await expect(kernel.load(listing)).rejects.toThrow('there is no value for a part of it (object)')
  expect(await printed(kernel)).toBe('')
  kernel.assertQuiet()
})

test.each([null, undefined, 7])('what is no rules is refused by name: %s', async (rules) => {
  await expect(kernelOf().load(rules as never)).rejects.toThrow(`load: ${rules} is no rules: pass what "nft -j`)
})
