import { rtnetlink } from '@nfkit/netlink-codec/route'
import type { Transport } from '@nfkit/netlink-transport'
import { type Nftables, printRule } from '@nfkit/nftables'
import { clashesOf, type MarkCheck } from './clash.ts'
import { routingUses } from './routing.ts'
import { ruleUses } from './rules.ts'
import { savedRules } from './saved.ts'

/** What is looked at. */
export interface CheckTerms {
  readonly nft: Nftables
  /** A socket to the same network namespace: it is closed. */
  readonly transport: Transport
  /** The firewall's own table, which is no other program's. */
  readonly name: string
  readonly mask: number
  /** Tells the rules of iptables-legacy, as `iptables-save` writes them. */
  readonly legacyRules?: (() => string | PromiseLike<string>) | undefined
}

const nothing: MarkCheck = { clashes: [], unchecked: [] }

/** Look for others that use the bits. Rejects with `NetlinkError` and `DumpInterruptedError` where nf_tables cannot be read. */
export async function checkMarks(terms: CheckTerms): Promise<MarkCheck> {
  try {
    const all = [await nftables(terms), await routing(terms), await legacy(terms)]
    return {
      clashes: all.flatMap(({ clashes }) => clashes),
      unchecked: all.flatMap(({ unchecked }) => unchecked),
    }
  } finally {
    terms.transport.close()
  }
}

async function nftables({ nft, name, mask }: CheckTerms): Promise<MarkCheck> {
  const { tables } = await nft.list({ elements: false })
  const rules = tables
    .filter(({ table }) => table.family !== 'inet' || table.name !== name)
    .flatMap(({ chains }) => chains.flatMap((chain) => chain.rules))
  const read = rules.map((rule) => {
    const { uses, unread } = ruleUses(rule)
    const text = `${rule.family} ${rule.table} ${rule.chain}: ${printRule(rule)}`
    return { clashes: clashesOf(mask, uses, { where: 'nf_tables', rule: text }), text, unread }
  })
  return {
    clashes: read.flatMap(({ clashes }) => clashes),
    unchecked: read.flatMap(({ text, unread }) => (unread === undefined ? [] : [`nf_tables: ${unread}, in "${text}"`])),
  }
}

async function routing({ transport, mask }: CheckTerms): Promise<MarkCheck> {
  try {
    const rules = await routingUses(transport.sibling({ protocol: rtnetlink.number }))
    return {
      ...nothing,
      clashes: rules.flatMap(({ text, uses }) => clashesOf(mask, uses, { where: 'ip rule', rule: text })),
    }
  } catch (error) {
    return { ...nothing, unchecked: [`ip rule: ${(error as Error).message}`] }
  }
}

/** Where the kernel tells which tables iptables-legacy has. */
const legacyFiles = ['ip_tables_names', 'ip6_tables_names']

async function legacy({ transport, mask, legacyRules }: CheckTerms): Promise<MarkCheck> {
  const names = legacyFiles.flatMap((file) => (transport.procNet(file) ?? '').split('\n').filter(Boolean))
  if (names.length === 0) return nothing
  const about = `iptables-legacy: rules of its tables (${[...new Set(names)].join(', ')})`
  if (legacyRules === undefined) return { ...nothing, unchecked: [`${about}: pass legacyRules`] }
  try {
    const rules = savedRules(await legacyRules())
    return {
      ...nothing,
      clashes: rules.flatMap(({ text, uses }) => clashesOf(mask, uses, { where: 'iptables-legacy', rule: text })),
    }
  } catch (error) {
    return { ...nothing, unchecked: [`${about}: ${error instanceof Error ? error.message : String(error)}`] }
  }
}
