import type { Nftables } from '@nfkit/nftables'
import type { OpeningLists } from '../lists/opening.ts'
import type { Assembly } from './assembly.ts'

/**
 * Put the rules in force, with what is listed: no packet meets the ones without the others. Nothing that an earlier run has decided counts: where it
 * has left rules, these marked connections until now, and what they have marked is taken away behind them, before any mark counts. Its lists hold until
 * there are others.
 */
export async function putInForce(
  nft: Nftables,
  { layout, numbers, sweep, listed }: Assembly,
  lists: OpeningLists,
): Promise<void> {
  const { number } = numbers.current
  const { tables } = await nft.list({ table: layout.table })
  if (tables.length === 0) {
    await sweep.all()
    const [table, ...parts] = layout.parts(number)
    await nft.commit((batch) => {
      batch.create(table).add(...parts)
      listed.begin(batch, lists)
    })
    return
  }
  await nft.apply(layout.parts(number, { counts: false }))
  await nft.commit((batch) => {
    layout.clear(batch)
    listed.begin(batch, lists)
  })
  await sweep.all()
  await nft.apply(layout.parts(number))
}
