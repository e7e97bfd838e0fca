import { execFileSync } from 'node:child_process'
import { openMnl } from '@nfkit/mnl-native'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type ChainRule,
  type Clause,
  type Listing,
  type Nftables,
  openNftables,
  parseJson,
  printClause,
  printTable,
  RulesetJsonError,
  table,
} from '../src/index.ts'
import { anyMatch, anySet } from './any.ts'
import { arps, conditions, frames, lookups, statements, tagged, translations } from './corpus.ts'

const nft = (args: readonly string[], input?: string) =>
  execFileSync('nft', args, { input, stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 2 ** 28 }).toString()

let ours: Nftables
beforeEach(async () => {
  nft(['flush', 'ruleset'])
  ours = await openNftables(openMnl())
})
afterEach(() => {
  ours.close()
  nft(['flush', 'ruleset'])
})

/** What nft says in JSON: not how long elements are to live yet, not the flag `dynamic`, no references of objects. */
const unsaid = ['expiresMilliseconds', 'dynamic', 'use']
const said = ({ tables }: Listing) =>
  JSON.parse(
    JSON.stringify(tables, (key, value) => {
      // A mask of all bits is left out, too.
      if (unsaid.includes(key) || (key === 'mask' && [0xff, 0xffff, 0xffff_ffff].includes(value))) return undefined
      if (key === 'body') return withoutImplied(value)
      return typeof value === 'bigint' ? `${value}n` : value
    }),
  )

const implying: { readonly [guard: string]: RegExp } = {
  ipv4: /\b(ip|icmp) /,
  ip: /\b(ip|icmp) /,
  ipv6: /\b(ip6|icmpv6) /,
  ip6: /\b(ip6|icmpv6) /,
  tcp: /\btcp /,
  udp: /\budp /,
  udplite: /\budplite /,
  sctp: /\bsctp /,
  dccp: /\bdccp /,
  icmp: /\bicmp /,
  'ipv6-icmp': /\bicmpv6 /,
}

/** nft leaves out a condition that one further behind implies, too: the rest means the same. */
const withoutImplied = (body: readonly Clause[]) =>
  body.filter((clause, i) => {
    const isGuard = clause.kind === 'match' && /^(meta (nfproto|protocol|l4proto)|ether type)$/.test(clause.left.join())
    const word = isGuard && clause.op === '==' && 'value' in clause.right ? String(clause.right.value) : ''
    return !implying[word]?.test(
      body
        .slice(i + 1)
        .map((one) => (one.kind === 'match' ? one.left.join() : printClause(one)))
        .join(),
    )
  })

const declared = `
  set ports {
    type inet_service
  }
  set nets {
    type ipv4_addr
    flags interval
  }
  set marks {
    type mark
    flags interval
  }
  set pairs {
    type ipv4_addr . inet_service
  }
  set blocked {
    type ipv4_addr
    flags timeout
  }
  set metered {
    type ipv4_addr
    flags dynamic
  }
  set classes {
    type dscp
  }
  map verdicts {
    type mark : verdict
  }
  map levels {
    type inet_service : mark
  }
  map hosts {
    type inet_service : ipv4_addr
  }
  map places {
    type ipv4_addr . inet_service : mark
  }
  counter hits {
  }
  quota much {
    25 mbytes
  }
  limit slow {
    rate 10/second
  }
  ct helper files {
    type "ftp" protocol tcp
  }
  chain other {
    tcp dport 21 ct helper set "files"
  }`

/** What of the JSON is refused is what `list` has no words for either: it is left out of both. */
function readable(items: readonly string[], list: Listing): [Listing, Listing] {
  try {
    return [parseJson(`{"nftables": [${items.join(', ')}]}`), list]
  } catch (error) {
    expect(error).toBeInstanceOf(RulesetJsonError)
    if (!/\.rule/.test((error as Error).message)) throw error
    const at = Number(/^nftables\[(\d+)\]\.rule/.exec((error as RulesetJsonError).place)?.[1])
    const handle = /"handle": (\d+)/.exec(items[at]!)![1]!
    const [table] = list.tables
    const isIt = (rule: ChainRule) => rule.handle === BigInt(handle)
    const bodies = table!.chains.flatMap(({ rules }) =>
      rules.filter(isIt).map(({ body }) => body.map(({ kind }) => kind)),
    )
    // nft has no name for some fields that have one.
    if (!String(error).includes('nft has no name'))
      expect(bodies, String(error)).toEqual([expect.arrayContaining(['expression'])])
    const chains = table!.chains.map((chain) => ({ ...chain, rules: chain.rules.filter((rule) => !isIt(rule)) }))
    return readable(items.toSpliced(at, 1), { tables: [{ ...table!, chains }] })
  }
}

/** The items of the list, as they are written: numbers may be larger than JSON.parse reads them. */
const itemsOf = (json: string) =>
  json
    .trim()
    .slice('{"nftables": ['.length, -']}'.length)
    .split(/, (?=\{"[a-z ]+": \{"family")/)

const same = async () => {
  const [json, list] = readable(itemsOf(nft(['-j', 'list', 'ruleset'])), await ours.list())
  expect(said(json)).toEqual(said(list))
  return json
}

test.each([
  ['', [...conditions, ...frames, ...lookups, ...statements.filter((text) => text !== 'notrack')]],
  ['type filter hook output priority -300;', ['notrack']],
  ['type nat hook prerouting priority dstnat;', translations.prerouting],
  ['type nat hook postrouting priority srcnat;', translations.postrouting],
] as const)('every condition and statement, in a chain "%s"', async (hook, rules) => {
  nft(['-f', '-'], `table inet fw {${declared}\n chain c {\n ${hook}\n ${rules.join('\n')}\n }\n}\n`)
  const { tables } = await same()
  expect(tables[0]!.chains.find(({ chain }) => chain.name === 'c')!.rules).toHaveLength(rules.length)
})

/** Of two that say the same, nft lists another than there is. */
const doubled = /^(meta protocol arp arp|vlan type ip ip) /

test.each([
  ['arp', arps],
  ['bridge', [...tagged, ...arps]],
] as const)('every condition on tags and ARP, in a table of the family %s', async (family, all) => {
  const rules = all.filter((text) => !doubled.test(text))
  nft(['-f', '-'], `table ${family} fw {\n chain c {\n ${rules.join('\n')}\n }\n}\n`)
  const { tables } = await same()
  expect(tables[0]!.chains[0]!.rules).toHaveLength(rules.length)
})

const empty = { handle: 0n, chains: [], sets: [], objects: [], others: [] }
const [seed, rounds] = [Number(process.env['SEED'] ?? 1), Number(process.env['ROUNDS'] ?? 15)]

/** Whether nft takes it: two conditions may be too much for it that are not for the kernel. */
function isTaken(text: string): boolean {
  try {
    nft(['-c', '-f', '-'], text)
    return true
  } catch {
    return false
  }
}

test(`any rules and sets that nft takes are the same in JSON and over netlink: ${rounds} rounds, seed ${seed}`, async () => {
  const fw = table('inet', 'fw')
  const texts = fc.oneof(
    anyMatch.map(printClause),
    fc.constantFrom(...conditions, ...frames, ...lookups),
    fc.constantFrom(...statements.filter((text) => text !== 'notrack')),
  )
  const anyRules = fc.array(fc.array(texts, { minLength: 1, maxLength: 3 }), { maxLength: 12 })
  const anySets = fc.tuple(anySet(fw, 'a'), anySet(fw, 'b'), anySet(fw, 'c'))
  let [taken, made, died] = [0, 0, 0]
  await fc.assert(
    fc.asyncProperty(anyRules, anySets, async (rules, sets) => {
      const around = (rule: string) => `table inet fw {${declared}\n chain c {\n ${rule}\n }\n}\n`
      const lines = rules.map((rule) => rule.join(' ')).filter((rule) => isTaken(around(rule)))
      const blocks = sets
        .flatMap((set) => (set === undefined ? [] : printTable({ ...empty, table: fw, sets: [set] })))
        .filter((text) => isTaken(`table inet fw {\n chain other {\n }\n}\n${text}`))
      nft(['flush', 'ruleset'])
      nft(['-f', '-'], `${around(lines.join('\n'))}${blocks.join('')}`)
      taken += lines.length
      made += blocks.length
      await same().catch((error: { readonly signal?: string }) => {
        // nft 1.0.6 dies of some values that it has no words for.
        if (error.signal !== 'SIGSEGV') throw error
        died++
      })
    }),
    { seed, numRuns: rounds, endOnFailure: true },
  )
  expect(died).toBeLessThan(1 + rounds / 10)
  console.info(`${taken} rules and ${made} sets in ${rounds - died} rounds`)
}, 600_000)
