/** A change of a stream: at a position of what its sender says, so many bytes are replaced by others. */
export interface Edit {
  /** Position of the first byte that is replaced, as the sender counts. */
  readonly at: number
  /** How many bytes are replaced: 1 or more. An insertion replaces the byte it stands before by itself and more. */
  readonly removed: number
  /** What stands in their place; any length up to 16,384 bytes. */
  readonly inserted: Uint8Array
}

/** More would not fit into a packet beside what a super-packet has. */
export const longestInsertion = 16_384

/** Returns `edit` when it can be made from a position on; else throws `RangeError` or `TypeError`. */
export function checkEdit(edit: Edit, changeable: number): Edit {
  const { at, removed, inserted } = edit
  if (!Number.isSafeInteger(at) || at < changeable)
    throw new RangeError(`at: byte ${at} cannot be changed any more, only those from ${changeable} on`)
  if (!Number.isSafeInteger(removed) || removed < 1)
    throw new RangeError(
      `removed: ${removed} is no number of bytes from 1 on; replace the byte an insertion stands before, too`,
    )
  if (!(inserted instanceof Uint8Array)) throw new TypeError('inserted: expected a Uint8Array')
  if (inserted.length > longestInsertion)
    throw new RangeError(`inserted: ${inserted.length} bytes are more than ${longestInsertion}`)
  return edit
}
