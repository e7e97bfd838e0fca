import { EncodeError } from '@nfkit/netlink-codec'
import type { Part } from '../commit/operation.ts'
import type { ListedTable, Listing } from '../reading/listing.ts'

/**
 * Everything that a listing has, in an order in which a batch may add it: to another kernel, or with `apply` to this one. Elements live on
 * for as long as they had left. Throws `EncodeError` for a listing with `others`, which would be missing.
 *
 * @example
 * import { type Nftables, partsOf } from '@nfkit/nftables'
 *
 * export const copy = async (from: Nftables, to: Nftables) => to.apply(partsOf(await from.list()))
 */
export const partsOf = ({ tables }: Listing): readonly Part[] => tables.flatMap(tableParts)

function tableParts({ table, chains, objects, sets, others }: ListedTable): readonly Part[] {
  const [other] = others
  if (other)
    throw new EncodeError(
      `table ${table.family} ${table.name}`,
      `there is no value for a part of it (${other.kind}): take that out of the table, or of the listing`,
    )
  return [
    table,
    ...chains.map(({ chain }) => chain),
    ...objects.map(({ object }) => object),
    ...sets.map(({ set }) => set),
    ...sets.flatMap(({ elements }) => elements),
    ...chains.flatMap(({ rules }) => rules),
  ]
}
