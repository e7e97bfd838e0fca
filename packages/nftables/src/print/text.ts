import { printable } from '@nfkit/netlink-codec'
import type { ObjectType } from '../statements/meter.ts'

/** Text between quotation marks. nft has no way to write one inside: it becomes an apostrophe, and what would end the line is shown as a code. */
export const quoted = (text: string): string => `"${printable(text).replaceAll('"', "'")}"`

/** A comment, as all that can have one show it; nothing for none. */
export const commented = (comment: string | undefined): readonly string[] =>
  comment === undefined ? [] : [`comment ${quoted(comment)}`]

const units: readonly (readonly [unit: string, milliseconds: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
]

/** A time as nft writes it: `1h30m`. */
export function duration(milliseconds: number): string {
  let left = milliseconds
  const parts = units.flatMap(([unit, size]) => {
    const count = Math.floor(left / size)
    left %= size
    return count === 0 ? [] : [`${count}${unit}`]
  })
  return parts.join('') || '0s'
}

/** nft's words for objects. */
export const objectWords: { readonly [type in ObjectType]: string } = {
  counter: 'counter',
  quota: 'quota',
  limit: 'limit',
  ctHelper: 'ct helper',
}
