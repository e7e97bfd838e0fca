import { EncodeError } from '@nfkit/netlink-codec'
import { check } from '@nfkit/netlink-transport'

/** An object type's keys, all of them. */
export type Keys<T> = { readonly [key in keyof Required<T>]: true }

/** Refuses what is no object, and a key it cannot have: one that is misspelt would be ignored. Throws `EncodeError`. */
export function assertKeys<T extends object>(given: T, keys: Keys<T>, what: string): void {
  if (typeof given !== 'object' || given === null) throw new EncodeError(what, `${String(given)} is no object`)
  for (const key in given)
    if (Object.hasOwn(given, key) && !Object.hasOwn(keys, key))
      throw new EncodeError(what, `there is no "${key}"${check.hint(key, Object.keys(keys))}`)
}

/** What the table has for a word. Throws `EncodeError` for a word it does not have, one of `Object.prototype` included. */
export function meaningOf<T>(word: string, table: { readonly [word: string]: T }, where: string, what: string): T {
  if (typeof word === 'string' && Object.hasOwn(table, word)) return table[word]!
  throw new EncodeError(where, `there is no ${what} "${word}"${check.hint(word, Object.keys(table))}`)
}

/** Refuses what is no signal before anything is opened that it could not close. Throws `EncodeError`. */
export function assertSignal(signal: AbortSignal | undefined, what: string): void {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new EncodeError(what, '"signal" is no AbortSignal: that of a controller is `controller.signal`')
}
