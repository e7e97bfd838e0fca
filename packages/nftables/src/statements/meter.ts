import { EncodeError } from '@nfkit/netlink-codec'
import { check } from '@nfkit/netlink-transport'
import { assertName } from './name.ts'

/** The units of time that limits are told in. */
export const secondsPer = { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800 } as const

/** Counts packets and their bytes. */
export interface Counter {
  /** Tells it from other statements. */
  readonly kind: 'counter'
  /** Where it begins. */
  readonly packets?: bigint
  /** Bytes counted before. */
  readonly bytes?: bigint
}

/** Uses an object of the table by its name. */
export interface ObjectUse {
  /** Tells it from other statements. */
  readonly kind: 'object'
  /** What the object is. */
  readonly type: ObjectType
  /** Its name. */
  readonly name: string
}

/** Objects that rules share. */
export type ObjectType = 'counter' | 'quota' | 'limit' | 'ctHelper'

const objectTypes: readonly unknown[] = ['counter', 'quota', 'limit', 'ctHelper'] satisfies ObjectType[]

/** Whether rules have words for objects of this type. */
export const isObjectType = (type: unknown): type is ObjectType => objectTypes.includes(type)

/** Meets packets up to a rate, or those above it. */
export interface Limit {
  /** Tells it from other statements. */
  readonly kind: 'limit'
  /** How many packets or bytes. */
  readonly rate: number
  /** In which time. */
  readonly per: keyof typeof secondsPer
  /** What is counted. */
  readonly unit: 'packets' | 'bytes'
  /** How many more at once: packets, or bytes. */
  readonly burst: number
  /** Packets above the rate are met, not those below it. */
  readonly over: boolean
}

/** Meets packets until so many bytes have passed, or from then on. */
export interface Quota {
  /** Tells it from other statements. */
  readonly kind: 'quota'
  /** How many bytes. */
  readonly bytes: bigint
  /** Packets are met from then on, not until then. */
  readonly over: boolean
  /** How many have passed. */
  readonly used?: bigint
}

/** Options of `counter`. */
export interface CounterOptions {
  /** Packets counted before. */
  readonly packets?: bigint | undefined
  /** Bytes counted before. */
  readonly bytes?: bigint | undefined
}

/** Count packets and bytes: in the rule itself, or in an object of the table, which several rules may share. Throws `EncodeError` for another object. */
export function counter(
  start: CounterOptions | { readonly kind: 'object'; readonly type: 'counter'; readonly name: string } = {},
): Counter | ObjectUse {
  if ('kind' in start) return objectUse('counter', start)
  const { packets, bytes } = check.all('counter', start, { packets: large('packets'), bytes: large('bytes') })
  const begun = (packets ?? 0n) !== 0n || (bytes ?? 0n) !== 0n
  return Object.freeze({ kind: 'counter', ...(begun ? { packets: packets ?? 0n, bytes: bytes ?? 0n } : {}) })
}

/** Options of `limit`. */
export interface LimitOptions {
  /** The time the rate is told for; a second by default. */
  readonly per?: keyof typeof secondsPer | undefined
  /** What is counted; packets by default. */
  readonly unit?: 'packets' | 'bytes' | undefined
  /** How many more may come at once: 5 packets, or 0 bytes by default. */
  readonly burst?: number | undefined
  /** Meet what is above the rate, not what is below; false by default. */
  readonly over?: boolean | undefined
}

/**
 * Go on with the rule for so many packets a second and no more. Throws `RangeError` and `TypeError` for options that make no sense.
 *
 * @example
 * import { limit } from '@nfkit/nftables'
 *
 * console.log(limit(10, { per: 'minute' }).burst) // 5
 */
export function limit(rate: number, options: LimitOptions = {}): Limit {
  check.options('limit', options, { per: true, unit: true, burst: true, over: true })
  const { per = 'second', unit = 'packets', over = false } = options
  return Object.freeze({
    kind: 'limit',
    rate: check.whole('rate', rate, 1, Number.MAX_SAFE_INTEGER),
    per: check.word('per', per, secondsPer),
    unit: check.word('unit', unit, { packets: true, bytes: true }),
    burst: check.whole('burst', options.burst ?? (unit === 'packets' ? 5 : 0), 0, 0xffff_ffff),
    over: check.flag('over', over),
  })
}

/** Options of `quota`. */
export interface QuotaOptions {
  /** Meet packets once the bytes have passed, not until then; false by default. */
  readonly over?: boolean | undefined
  /** Bytes that have passed before. */
  readonly used?: bigint | undefined
}

/** Go on with the rule until so many bytes have passed. Throws `RangeError` and `TypeError` for options that make no sense. */
export function quota(bytes: bigint | number, options: QuotaOptions = {}): Quota {
  check.options('quota', options, { over: true, used: true })
  const { over = false, used = 0n } = options
  large('used')(used)
  const many = typeof bytes === 'number' && Number.isSafeInteger(bytes) ? BigInt(bytes) : bytes
  return Object.freeze({
    kind: 'quota',
    bytes: large('bytes')(many),
    over: check.flag('over', over),
    ...(used === 0n ? {} : { used }),
  })
}

/** Use an object of the table: a quota or a limit that several rules share, a helper for the packet’s connection. Throws `EncodeError` for an object of another type. */
export function objectUse(type: ObjectType, object: { readonly type: string; readonly name: string }): ObjectUse {
  if (object.type !== type)
    throw new EncodeError('object', `a ${type} is needed, and "${object.name}" is a ${object.type}`)
  return Object.freeze({ kind: 'object', type, name: assertName(type, object.name) })
}

const large =
  (name: string) =>
  (value: unknown): bigint => {
    if (typeof value === 'bigint' && value >= 0n && value <= 0xffff_ffff_ffff_ffffn) return value
    throw new RangeError(`${name}: ${String(value)} is no bigint from 0 to 2⁶⁴ − 1`)
  }
