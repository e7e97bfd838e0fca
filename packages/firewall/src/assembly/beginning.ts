import type { Nftables } from '@nfkit/nftables'
import type { OpeningLists } from '../listed.ts'
import type { Assembly } from './assembly.ts'

/**
 * Put the rules in force, with what is listed: no packet meets the ones without the others. Nothing that an earlier run has decided counts.
 */
export async function putInForce(nft: Nftables, assembly: Assembly, lists: OpeningLists): Promise<void> {
  const { tables } = await nft.list({ table: assembly.layout.table })
  await (tables.length === 0 ? begin : takeBack)(nft, assembly, lists)
}

async function begin(nft: Nftables, { layout, numbers, sweep, listed }: Assembly, lists: OpeningLists): Promise<void> {
  await sweep.all()
  await nft.apply(layout.lists)
  try {
    await listed.begin(lists)
    await nft.apply(layout.parts(numbers.current.number))
  } catch (error) {
    // It has no rule yet that would close it.
    await nft.commit((batch) => batch.delete(layout.table)).catch(() => {})
    throw error
  }
}

/**
 * An earlier run has left its rules. They marked connections until now: what they have marked is taken away behind them, before any mark counts. Its
 * lists hold until there are others.
 */
async function takeBack(
  nft: Nftables,
  { layout, numbers, sweep, listed }: Assembly,
  lists: OpeningLists,
): Promise<void> {
  const { number } = numbers.current
  await nft.apply(layout.parts(number, { counts: false }))
  await listed.begin(lists)
  await nft.commit((batch) => layout.clear(batch))
  await sweep.all()
  await nft.apply(layout.parts(number))
}
