import { execFileSync } from 'node:child_process'
import { openMnl } from '@nfkit/mnl-native'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Nftables, openNftables, parse, table } from '../src/index.ts'
import { arps, conditions, frames, lookups, namedSets, queues, statements, tagged, translations } from './corpus.ts'
import { Listing } from './listing.ts'

const numbers = {
  ip: family.ipv4,
  ip6: family.ipv6,
  arp: family.arp,
  bridge: family.bridge,
  netdev: family.netdev,
} as const

/** In tables of one family, its own ICMP says what `icmpx` says. */
const rejections = {
  ip: ['reject with icmp type port-unreachable', 'reject with icmp type admin-prohibited', 'reject with tcp reset'],
  ip6: ['reject with icmpv6 type port-unreachable', 'reject with tcp reset'],
  arp: [],
  bridge: [],
  netdev: [],
} as const

/** What tables of a family take besides, and what they do not. */
const own = { ip: [], ip6: [], arp: arps, bridge: [...tagged, ...arps], netdev: [...tagged, ...arps] } as const

/** Each rule by nft in the table `theirs`, by us in the table `ours`: the kernel lists the same. */

const declared = `
  chain other {}
  set ports { type inet_service; }
  set nets { type ipv4_addr; flags interval; }
  set marks { type mark; flags interval; }
  set classes { type dscp; }
  set pairs { type ipv4_addr . inet_service; }
  set blocked { type ipv4_addr; flags timeout; }
  set metered { type ipv4_addr; flags dynamic; }
  map verdicts { type mark : verdict; }
  map levels { type inet_service : mark; }
  map hosts { type inet_service : ipv4_addr; }
  map places { type ipv4_addr . inet_service : mark; }
  counter hits {}
  quota much { 25 mbytes }
  limit slow { rate 10/second }
`

const chains = {
  rules: {
    hook: '',
    list: [...conditions, ...frames, ...tagged, ...lookups, ...statements.filter((text) => text !== 'notrack')],
  },
  raw: { hook: 'type filter hook output priority -300;', list: ['notrack'] },
  pre: { hook: 'type nat hook prerouting priority dstnat;', list: translations.prerouting },
  post: { hook: 'type nat hook postrouting priority srcnat;', list: translations.postrouting },
}

const nft = (input: string) => execFileSync('nft', ['-f', '-'], { input, stdio: ['pipe', 'pipe', 'pipe'] })

let ours: Nftables
let listing: Listing

beforeAll(async () => {
  const text = Object.entries(chains).map(([name, { hook, list }]) => `chain ${name} { ${hook}\n${list.join('\n')}\n}`)
  nft(`table inet theirs {\n${declared}\n${text.join('\n')}\n}`)
  ours = await openNftables(openMnl())
  listing = new Listing(openMnl())
  const fw = table('inet', 'ours')
  const sets = namedSets(fw)
  const made = {
    rules: fw.chain('rules'),
    raw: fw.chain('raw', { hook: 'output', priority: 'raw' }),
    pre: fw.chain('pre', { hook: 'prerouting', priority: 'dstnat', type: 'nat' }),
    post: fw.chain('post', { hook: 'postrouting', priority: 'srcnat', type: 'nat' }),
  }
  await ours.commit((batch) => {
    batch.add(fw, fw.chain('other'), ...sets, fw.counter('hits'), fw.quota('much', 25 * 2 ** 20), fw.limit('slow', 10))
    for (const [name, chain] of Object.entries(made)) {
      batch.add(chain)
      for (const text of chains[name as keyof typeof chains].list) batch.add(chain.rule(...parse(text, { sets })))
    }
  })
})

afterAll(() => {
  listing?.close()
  ours?.close()
  for (const name of ['ours', 'theirs']) nft(`table inet ${name}; delete table inet ${name}`)
})

describe.each(Object.entries(chains))('chain %s', (chain, { list }) => {
  let wanted: readonly unknown[]
  let got: readonly unknown[]
  beforeAll(async () => {
    wanted = await listing.rules(family.inet, 'theirs', chain)
    got = await listing.rules(family.inet, 'ours', chain)
  })

  test('has all rules', () => {
    expect([wanted.length, got.length]).toEqual([list.length, list.length])
  })

  test.each(list.map((text, i) => [text, i] as const))('%s', (_, i) => {
    expect(got[i]).toEqual(wanted[i])
  })
})

describe.each(['ip', 'ip6', 'arp', 'bridge', 'netdev'] as const)('family %s', (of) => {
  const others = {
    ip: /ip6|icmpv6|nfproto/,
    ip6: /ip |icmp |nfproto|meta protocol ip6 /,
    arp: /^(?!arp|vlan|ether)|tcp|\bip saddr 192/,
    bridge: /nfproto|\bct |fib/,
    netdev: /nfproto|\bct |fib|sk[ug]id|rtclassid|cgroup|\boif|oiftype|oifgroup/,
  }[of]
  const list = [...conditions, ...frames, ...own[of], ...rejections[of]].filter((text) => !others.test(text))
  let wanted: readonly unknown[]
  let got: readonly unknown[]
  beforeAll(async () => {
    nft(`table ${of} theirs {\nchain rules {\n${list.join('\n')}\n}\n}`)
    const fw = table(of, 'ours')
    const chain = fw.chain('rules')
    await ours.commit((batch) => batch.add(fw, chain, ...list.map((text) => chain.rule(...parse(text)))))
    wanted = await listing.rules(numbers[of], 'theirs', 'rules')
    got = await listing.rules(numbers[of], 'ours', 'rules')
  })
  afterAll(() => {
    for (const name of ['ours', 'theirs']) nft(`table ${of} ${name}; delete table ${of} ${name}`)
  })

  test('has all rules', () => {
    expect([wanted.length, got.length]).toEqual([list.length, list.length])
  })

  test.each(list.map((text, i) => [text, i] as const))('%s', (_, i) => {
    expect(got[i]).toEqual(wanted[i])
  })
})

test('queues', async ({ skip }) => {
  if ((await ours.features()).queue !== 'expression')
    skip('kernel: there is no expression to queue with (CONFIG_NFT_QUEUE)')
  nft(`table inet theirs {\nchain queues {\n${queues.join('\n')}\n}\n}`)
  const fw = table('inet', 'ours')
  const chain = fw.chain('queues')
  await ours.commit((batch) => batch.add(fw, chain, ...queues.map((text) => chain.rule(...parse(text)))))
  expect(await listing.rules(family.inet, 'ours', 'queues')).toEqual(
    await listing.rules(family.inet, 'theirs', 'queues'),
  )
})
