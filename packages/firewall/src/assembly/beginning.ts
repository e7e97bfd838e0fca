import type { Nftables } from '@nfkit/nftables'
import type { Assembly } from './assembly.ts'

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
