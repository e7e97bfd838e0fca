import type { Nftables } from '@nfkit/nftables'
import type { Assembly } from '../assembly/assembly.ts'
import type { FirewallHandover } from './handover.ts'

/** Go on as another firewall has left it: what it has decided counts. Rules that are other ones now are changed in one batch. */
export async function goOn(
  nft: Nftables,
  { layout, numbers, bench, listed }: Assembly,
  { decided, lists }: FirewallHandover,
): Promise<void> {
  bench.takeOver(decided)
  listed.takeOver(lists)
  await nft.apply(layout.parts(numbers.current.number))
}
