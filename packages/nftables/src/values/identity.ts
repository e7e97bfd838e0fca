import { utf8 } from '@nfkit/inet/bytes'
import { EncodeError } from '@nfkit/netlink-codec'
import type { Family } from './hook.ts'

/** What a table is known by. */
export interface TableName {
  /** The packets it is about. */
  readonly family: Family
  /** Its name: in its family there is one table of a name. */
  readonly name: string
}

/** What everything in a table says of where it is. */
export interface Placed {
  /** The family of the table. */
  readonly family: Family
  /** The name of the table. */
  readonly table: string
}

/** Returns where something in a table is. */
export const placeIn = ({ family, name }: TableName): Placed => ({ family, table: name })

/** Throws `EncodeError` when the value is no text that nft takes for a comment: 1 to 128 bytes, none of them NUL. */
export function assertComment(value: unknown): void {
  const length = typeof value === 'string' && !value.includes('\0') ? utf8(value).length : 0
  if (length < 1 || length > 128) throw new EncodeError('comment', 'it is text of 1 to 128 bytes, none of them NUL')
}
