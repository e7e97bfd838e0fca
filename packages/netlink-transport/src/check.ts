import { nearest } from './nearest.ts'

/** The longest delay a timer of Node takes: 24.8 days. A longer one runs out at once. */
export const longestDelay = 0x7fff_ffff

/** Returns `value`, or throws `RangeError` when it is no whole number from `min` to `max`. `name` is that of the option. */
export function whole(name: string, value: unknown, min: number, max: number): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number
  throw new RangeError(`${name}: ${shown(value)} is no whole number from ${min} to ${max}`)
}

/** Returns `value`, or throws `RangeError` when it is neither a number of milliseconds a timer takes, above 0, nor `Infinity`. */
export function milliseconds(name: string, value: unknown): number {
  const isDelay =
    typeof value === 'number' && value > 0 && (value <= longestDelay || value === Number.POSITIVE_INFINITY)
  if (isDelay) return value
  throw new RangeError(
    `${name}: ${shown(value)} is no number of milliseconds above 0 and up to ${longestDelay}, nor Infinity`,
  )
}

/** Returns `value`, or throws `TypeError` when it is neither `true` nor `false`. */
export function flag(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new TypeError(`${name}: ${shown(value)} is neither true nor false`)
}

/** Throws `TypeError` when `value` is no function. */
export function callable(name: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`${name}: ${shown(value)} is no function`)
}

/** Throws `TypeError` when `value` is no signal. */
export function signal(name: string, value: unknown): void {
  const signal = value as AbortSignal | null | undefined
  if (typeof signal?.throwIfAborted === 'function' && typeof signal.addEventListener === 'function') return
  throw new TypeError(`${name}: ${shown(value)} is no AbortSignal: that of a controller is \`controller.signal\``)
}

/** Returns `value`, or throws `RangeError`, with the nearest one, when it is none of the keys of `words`. */
export function word<W extends string>(name: string, value: unknown, words: { readonly [word in W]: unknown }): W {
  if (typeof value === 'string' && Object.hasOwn(words, value)) return value as W
  const all = Object.keys(words)
  throw new RangeError(`${name}: ${shown(value)} is none of ${all.join(', ')}${hint(value, all)}`)
}

/** The names of the options of `T`. A new option does not compile without its name here. */
export type OptionNames<T> = { readonly [K in keyof T]-?: unknown }

/**
 * Returns `given`, or throws `TypeError` when it is no object, or has a key that is no option: the message has the nearest one. `what`
 * takes the options: `openQueue`.
 */
export function options<T extends object>(what: string, given: T, names: OptionNames<T>): T {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new TypeError(`${what}: ${shown(given)} is no object with options`)
  for (const key in given) if (!Object.hasOwn(names, key)) throw unknownOption(what, key, Object.keys(names))
  return given
}

/** What each option of `T` must be: a check throws when its value is not. A new option does not compile without its check here. */
export type Checks<T> = { readonly [K in keyof T]-?: (value: unknown) => unknown }

/** The same as `options`, and each option that is given is checked. */
export function all<T extends object>(what: string, given: T, checks: Checks<T>): T {
  options(what, given, checks)
  for (const [name, value] of Object.entries(given)) if (value !== undefined) checks[name as keyof T](value)
  return given
}

function unknownOption(what: string, key: string, names: readonly string[]): TypeError {
  const near = hint(key, names)
  return new TypeError(
    `${what}: there is no option ${shown(key)}${near === '' ? `; there are ${names.join(', ')}` : near}`,
  )
}

/** How a message goes on that has told of a word there is not: `; did you mean "nearest"?`, or nothing. */
export function hint(value: unknown, words: readonly string[]): string {
  const near = nearest(String(value), words)
  return near === undefined ? '' : `; did you mean "${near}"?`
}

/** A value as a message shows it: on one line, and not longer than one. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  if (typeof value === 'function') return 'a function'
  return typeof value === 'bigint' ? `${value}n` : String(value)
}
