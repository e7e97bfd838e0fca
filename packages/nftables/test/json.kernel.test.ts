import { execFileSync } from 'node:child_process'
import { openMnl } from '@nfkit/mnl-native'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Listing, type Nftables, openNftables, parseJson } from '../src/index.ts'
import { conditions, frames, lookups, statements, translations } from './corpus.ts'

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
    JSON.stringify(tables, (key, value) =>
      unsaid.includes(key) ? undefined : typeof value === 'bigint' ? `${value}n` : value,
    ),
  )

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
  map verdicts {
    type mark : verdict
  }
  counter hits {
  }
  quota much {
    25 mbytes
  }
  limit slow {
    rate 10/second
  }
  chain other {
  }`

const same = async () => {
  const [json, list] = [parseJson(nft(['-j', 'list', 'ruleset'])), await ours.list()]
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
