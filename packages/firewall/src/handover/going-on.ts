import type { Nftables } from '@nfkit/nftables'
import type { Assembly } from '../assembly/assembly.ts'
import type { Estate } from './estate.ts'

/**
 * Go on as another firewall has left it: what it has decided counts. `judge` begins to read, under the rules that are there: packets wait already. Rules that
 * are other ones now are changed in one batch.
 */
export async function goOn(
  nft: Nftables,
  { layout, numbers, bench, listed, names }: Assembly,
  left: Estate,
  judge: () => void,
): Promise<void> {
  bench.takeOver(left.decided)
  listed.takeOver(left.lists)
  if (left.names) names?.takeOver(left.names)
  judge()
  await nft.apply(layout.parts(numbers.current.number))
}
