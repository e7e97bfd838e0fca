import type { Nftables } from '@nfkit/nftables'
import type { FirewallHandover } from '../handover/handover.ts'
import type { Assembly } from './assembly.ts'

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

/**
 * Put the rules in force. Nothing that an earlier run has decided counts: where it has left rules, these marked connections until now, and what they
 * have marked is taken away behind them, before any mark counts.
 */
export async function putInForce(nft: Nftables, { layout, numbers, sweep }: Assembly): Promise<void> {
  const { number } = numbers.current
  const { tables } = await nft.list({ table: layout.table })
  const isLeft = tables.length > 0
  if (!isLeft) await sweep.all()
  await nft.apply(layout.parts(number, { counts: !isLeft }))
  await nft.commit((batch) => layout.clear(batch))
  if (!isLeft) return
  await sweep.all()
  await nft.apply(layout.parts(number))
}
