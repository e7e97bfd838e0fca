import type { ConntrackTable } from '@nfkit/conntrack'
import type { Nftables } from '@nfkit/nftables'
import { type FirewallVerdict, firewallVerdicts, type MarkBits } from '../marks.ts'
import type { Layout } from '../rules/layout.ts'

/** A number for each verdict. */
export type ByVerdict = { readonly [verdict in FirewallVerdict]: number }

/** What the kernel does by itself. */
export interface FirewallCensus {
  /** Packets of connections that were decided already: no program has seen them. Counted since the rules were made. */
  readonly cachedPackets: ByVerdict
  /** Their bytes, headers of the IP packets included. */
  readonly cachedBytes: ByVerdict
  /** Connections that are there now, and whose verdict holds. */
  readonly alive: ByVerdict
}

/** Where the kernel keeps what is asked. */
export interface CensusTerms {
  readonly nft: Nftables
  readonly table: ConntrackTable
  readonly layout: Layout
  readonly marks: MarkBits
  /** Number of the epoch in force. */
  readonly epoch: number
}

/** Ask the kernel. Costs a look at all connections. Rejects with `NetlinkError`. */
export async function census(terms: CensusTerms): Promise<FirewallCensus> {
  const [counted, alive] = await Promise.all([cached(terms), aliveNow(terms)])
  return { ...counted, alive }
}

async function cached({ nft, layout }: CensusTerms): Promise<Omit<FirewallCensus, 'alive'>> {
  const [cachedPackets, cachedBytes] = [none(), none()]
  for (const { name, state } of await nft.objects(layout.table)) {
    const verdict = layout.countedBy(name)
    if (verdict === undefined || state.kind !== 'counter') continue
    cachedPackets[verdict] = Number(state.packets ?? 0n)
    cachedBytes[verdict] = Number(state.bytes ?? 0n)
  }
  return { cachedPackets, cachedBytes }
}

/** The kernel looks for the mark: it tells of no other connection. */
async function aliveNow({ table, marks, epoch }: CensusTerms): Promise<ByVerdict> {
  const alive = none()
  for (const verdict of firewallVerdicts) {
    const mark = { value: marks.of(verdict, epoch), mask: marks.mask }
    for await (const _ of table.dump({ mark })) alive[verdict]++
  }
  return alive
}

/** Of none has anything been counted. */
export const none = () => ({ accept: 0, drop: 0, reject: 0 })
