import type { ConntrackTable } from '@nfkit/conntrack'
import type { Queue } from '@nfkit/nfqueue'
import type { Nftables } from '@nfkit/nftables'
import type { SocketTable } from '@nfkit/sockets'
import type { Bench } from './judging/bench.ts'
import type { Names } from './names/names.ts'
import type { Layout } from './rules/layout.ts'

/** The sockets of a firewall. */
export interface Sockets {
  readonly nft: Nftables
  readonly queue: Queue
  readonly table: ConntrackTable
  readonly sockets: SocketTable
  /** For DNS, where names are listed. */
  readonly dns: Queue | undefined
}

/**
 * Judge no more, and take back the rules that are given. Packets that wait are judged while the rules are there, but nothing new comes to wait. A
 * step that fails is told, and the rest is done.
 */
export async function shut(
  { nft, queue, table, sockets, dns }: Sockets,
  bench: Bench,
  names: Names | undefined,
  rules: Layout | undefined,
  trouble: (error: Error) => void,
): Promise<void> {
  const attempt = async (step: () => unknown) => {
    try {
      await step()
    } catch (error) {
      trouble(error as Error)
    }
  }
  if (rules) await attempt(() => nft.commit((batch) => batch.flush(...rules.chains)))
  bench.close()
  names?.close()
  await queue.close()
  await dns?.close()
  if (rules) await attempt(() => nft.commit((batch) => batch.delete(rules.table)))
  for (const one of [nft, table, sockets]) one.close()
}
