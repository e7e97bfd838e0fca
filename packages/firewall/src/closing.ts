import type { ConntrackTable } from '@nfkit/conntrack'
import type { Queue } from '@nfkit/nfqueue'
import type { Nftables } from '@nfkit/nftables'
import type { SocketTable } from '@nfkit/sockets'
import type { Bench } from './judging/bench.ts'
import type { Layout } from './rules/layout.ts'

/** The sockets of a firewall. */
export interface Sockets {
  readonly nft: Nftables
  readonly queue: Queue
  readonly table: ConntrackTable
  readonly sockets: SocketTable
}

/**
 * Judge no more, and take back the rules that are given. Packets that wait are judged while the rules are there, but nothing new comes to wait. A
 * step that fails is told, and the rest is done.
 */
export async function shut(
  { nft, queue, table, sockets }: Sockets,
  bench: Bench,
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
  await queue.close()
  if (rules) await attempt(() => nft.commit((batch) => batch.delete(rules.table)))
  for (const one of [nft, table, sockets]) one.close()
}
