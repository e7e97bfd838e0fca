import type { Transport } from '@nfkit/netlink-transport'
import { type Listing, openNftables, type Part, parseJson, partsOf, table } from '@nfkit/nftables'
import type { Interfaces } from '../interfaces.ts'

/** Rules for a kernel: what `nft -j list ruleset` prints, a listing, or values. */
export type RuleSource = string | Listing | Iterable<Part>

/** Commits rules through a socket of the kernel. */
export async function load(connect: () => Transport, rules: RuleSource, { list }: Interfaces): Promise<void> {
  const interfaces = Object.fromEntries(list.map(({ name, index }) => [name, index]))
  const parts = partsIn(typeof rules === 'string' ? parseJson(rules, { interfaces }) : rules)
  const nft = await openNftables(connect())
  try {
    await nft.commit((batch) => batch.add(...parts.map(withoutOwner)))
  } finally {
    nft.close()
  }
}

function partsIn(rules: Listing | Iterable<Part>): readonly Part[] {
  if (typeof rules !== 'object' || rules === null)
    throw new TypeError(
      `load: ${String(rules)} is no rules: pass what "nft -j list ruleset" prints, a listing, or values`,
    )
  return 'tables' in rules ? partsOf(rules) : [...rules]
}

/** The program that a table belongs to is not here: its table would go with the socket. */
function withoutOwner(part: Part): Part {
  if (part.kind !== 'table' || !part.owner) return part
  const { family, name, dormant, comment } = part
  return table(family, name, { dormant, comment })
}
