import {
  type Counter,
  counter,
  type Limit,
  limit,
  type ObjectUse,
  objectUse,
  type Quota,
  quota,
  secondsPer,
} from '../../statements/meter.ts'
import type { Item } from '../reader/item.ts'

const sizes = { bytes: 1, kbytes: 2 ** 10, mbytes: 2 ** 20, gbytes: 2 ** 30 } as const
const units = Object.keys(sizes) as (keyof typeof sizes)[]
const times = Object.keys(secondsPer) as (keyof typeof secondsPer)[]

/** The bytes that a number and a unit are; bytes where there is no unit. */
const bytesIn = (count: Item, unit?: Item): bigint => count.large() * BigInt(sizes[unit?.word(units) ?? 'bytes'])

type Read<State> = (item: Item, around?: readonly string[]) => State

/** `{ "packets": 0, "bytes": 0 }`, or null for one that has not begun. `around` are fields that say more than the state. */
export const counterIn: Read<Counter> = (item, around = []) => {
  if (item.isNull) return counter() as Counter
  const { packets, bytes } = item.fields(['packets', 'bytes'], around)
  return item.making(() => counter({ packets: packets.large(), bytes: bytes.large() })) as Counter
}

/** `{ "rate": 10, "per": "second", "burst": 5 }`. */
export const limitIn: Read<Limit> = (item, around = []) => {
  const {
    rate,
    per,
    burst,
    inv,
    rate_unit: unit,
    burst_unit,
  } = item.fields(['rate', 'per'], ['burst', 'inv', 'rate_unit', 'burst_unit', ...around])
  const isPackets = unit === undefined || unit.value === 'packets'
  const many = (count: Item, unit?: Item) => (isPackets ? count.number() : Number(bytesIn(count, unit)))
  return item.making(() =>
    limit(many(rate, unit), {
      per: per.word(times),
      unit: isPackets ? 'packets' : 'bytes',
      over: inv?.flag(),
      burst: burst && many(burst, burst_unit),
    }),
  )
}

/** `{ "val": 25, "val_unit": "mbytes" }` of a rule, `{ "bytes": 26214400 }` of an object. */
export const quotaIn: Read<Quota> = (item, around = []) => {
  const { val, bytes, val_unit, used, used_unit, inv } = item.fields(
    [item.is('bytes') ? 'bytes' : 'val'],
    ['val', 'bytes', 'val_unit', 'used', 'used_unit', 'inv', ...around],
  )
  return item.making(() =>
    quota(bytesIn((val ?? bytes)!, val_unit), { over: inv?.flag(), used: used && bytesIn(used, used_unit) }),
  )
}

/** What counts, by the word nft has for it. */
export const meters = { counter: counterIn, limit: limitIn, quota: quotaIn } as const

/** A counter, limit or quota of a rule, or the name of one of the table. */
export const meterIn = (item: Item, kind: keyof typeof meters): Counter | Limit | Quota | ObjectUse =>
  item.isText ? item.making(() => objectUse(kind, { type: kind, name: item.text() })) : meters[kind](item)
