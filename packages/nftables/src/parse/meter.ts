import { type Limit, limit, type Quota, quota, secondsPer } from '../statements/meter.ts'
import type { Cursor } from './cursor.ts'

const sizes: { readonly [word: string]: number } = { bytes: 1, kbytes: 1024, mbytes: 1024 ** 2, gbytes: 1024 ** 3 }

/** Takes a limit or a quota, behind its word. */
export function countingStatement(cursor: Cursor, word: 'limit' | 'quota'): Limit | Quota {
  return word === 'limit' ? limited(cursor) : quotaOf(cursor)
}

/** `rate over 10/minute burst 5 packets`, `rate 2 mbytes/second`. */
function limited(cursor: Cursor): Limit {
  cursor.expect('rate')
  const over = cursor.take('over')
  if (!over) cursor.take('until')
  const { text } = cursor.next('a rate, as 10/second')
  const size = /^\d+$/.test(text) ? cursor.next('a rate, as 2 mbytes/second').text : undefined
  const [, count, scale, per = ''] =
    /^(\d+)(?:([a-z]+))?\/([a-z]+)$/.exec(size === undefined ? text : `${text}${size}`) ?? []
  if (count === undefined || !Object.hasOwn(secondsPer, per) || (scale !== undefined && !Object.hasOwn(sizes, scale)))
    return cursor.fail('a rate is written 10/second or 2 mbytes/minute', -1)
  const unit = scale === undefined ? 'packets' : 'bytes'
  const burst = cursor.take('burst') ? { burst: amount(cursor, unit) } : {}
  return limit(Number(count) * (sizes[scale ?? 'bytes'] ?? 1), {
    per: per as keyof typeof secondsPer,
    unit,
    over,
    ...burst,
  })
}

function amount(cursor: Cursor, unit: 'packets' | 'bytes'): number {
  const count = cursor.number('how many')
  if (unit === 'packets') {
    cursor.take('packets')
    return count
  }
  return count * sizeOf(cursor)
}

function sizeOf(cursor: Cursor): number {
  const { text } = cursor.next('bytes, kbytes or mbytes')
  return Object.hasOwn(sizes, text)
    ? sizes[text]!
    : cursor.fail(`"${text}" is no size: there are ${Object.keys(sizes).join(', ')}`, -1)
}

/** `over 25 mbytes used 1 kbytes`. */
function quotaOf(cursor: Cursor): Quota {
  const over = cursor.take('over')
  if (!over) cursor.take('until')
  const bytes = cursor.number('how many') * sizeOf(cursor)
  const used = cursor.take('used') ? { used: BigInt(cursor.number('how many') * sizeOf(cursor)) } : {}
  return quota(bytes, { over, ...used })
}

const perUnit: { readonly [unit: string]: number } = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** Takes a time: `30s`, `1h30m`, `500ms`. */
export function milliseconds(cursor: Cursor): number {
  const { text } = cursor.next('a time, as 30s')
  if (!/^(\d+(d|h|ms|m|s))+$/.test(text)) return cursor.fail(`"${text}" is no time, as 30s or 1h30m`, -1)
  return [...text.matchAll(/(\d+)(d|h|ms|m|s)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * perUnit[unit!]!,
    0,
  )
}
