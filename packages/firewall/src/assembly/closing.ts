import type { ConntrackTable } from '@nfkit/conntrack'
import type { Queue } from '@nfkit/nfqueue'
import type { Nftables } from '@nfkit/nftables'
import type { SocketTable } from '@nfkit/sockets'
import type { Bench } from '../judging/bench.ts'
import type { Names } from '../names/names.ts'
import type { Sweep } from '../policy/sweep.ts'
import type { Layout } from '../rules/layout.ts'

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
 * Judge no more, and take back the rules that are given, and what they have left in marks. Packets that wait are judged while the rules are there, but nothing new comes to wait. A
 * step that fails is told, and the rest is done.
 */
export async function shut(
  { nft, queue, table, sockets, dns }: Sockets,
  bench: Bench,
  names: Names | undefined,
  taken: { readonly layout: Layout; readonly sweep: Sweep } | undefined,
  trouble: (error: Error) => void,
): Promise<void> {
  const attempt = async (step: () => unknown) => {
    try {
      await step()
    } catch (error) {
      trouble(error as Error)
    }
  }
  if (taken) await attempt(() => nft.commit((batch) => batch.flush(...taken.layout.chains)))
  bench.close()
  names?.close()
  await queue.close()
  await dns?.close()
  if (taken) {
    await attempt(() => nft.commit((batch) => batch.delete(taken.layout.table)))
    // Bits of connections' marks are given back as they were found: clear.
    await attempt(() => taken.sweep.all())
  }
  for (const one of [nft, table, sockets]) one.close()
}
