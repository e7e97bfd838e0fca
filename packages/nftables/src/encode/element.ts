import { type NftData, type NftElement, nftFlags } from '@nfkit/netlink-codec/nftables'
import { bytesOf, kindOf, ordered } from '../datatype/bytes.ts'
import type { Value } from '../datatype/value.ts'
import { verdictData } from '../lower/action.ts'
import { shifted } from '../lower/bits.ts'
import type { AnonymousSet } from '../lower/steps.ts'
import type { Verdict } from '../statements/verdict.ts'
import type { Element } from '../values/element.ts'
import { after, type KeyRange, keysOf, merged } from './interval.ts'
import { type Entry, numberEntry, textEntry, userdata, userdataType } from './userdata.ts'

const intervalEnd = nftFlags.element.intervalEnd

/** An element as the kernel takes it: two where it is a range of one field. */
export function elementAttrs({
  set,
  key,
  value,
  timeoutMilliseconds,
  expiresMilliseconds,
  comment,
}: Element): readonly NftElement[] {
  const keys = keysOf(set.key.map(kindOf), key, set.interval)
  return placed(
    keys,
    set.interval,
    set.key.length,
    {
      ...(value === undefined ? {} : { data: dataOf(set.value, value) }),
      ...(timeoutMilliseconds === undefined ? {} : { timeout: BigInt(timeoutMilliseconds) }),
      ...(expiresMilliseconds === undefined ? {} : { expiration: BigInt(expiresMilliseconds) }),
    },
    textEntry(userdataType.comment, comment),
  )
}

/** The elements of a set or a map of one rule. */
export function anonymousElements({
  key,
  interval,
  value,
  object,
  members,
  shift = 0,
}: AnonymousSet): readonly NftElement[] {
  const ranges = members.map(([member]) => {
    const { from, to } = keysOf(key, member, interval)
    return shift === 0 ? { from, to } : { from: shifted(from, shift), to: shifted(to, shift) }
  })
  if (!interval || key.length > 1 || value !== undefined || object !== undefined)
    return ranges.flatMap((keys, i) => {
      const data = members[i]![1]
      return placed(keys, interval, key.length, leadingTo(data, value, object))
    })
  return merged(ranges).flatMap((keys) => placed(keys, true, 1, {}))
}

/** What an element of a map has beside its key. */
function leadingTo(
  data: Value | Verdict | undefined,
  value: AnonymousSet['value'],
  object: AnonymousSet['object'],
): NftElement {
  if (object !== undefined) return { objref: String(data) }
  return data === undefined ? {} : { data: dataOf(value, data) }
}

/** Ranges of one field are two elements, the second behind the last key; ranges of several parts are one, with both ends. */
function placed(
  { from, to }: KeyRange,
  interval: boolean,
  parts: number,
  more: NftElement,
  comment?: Entry,
): readonly NftElement[] {
  const key = { value: from }
  if (!interval) return [{ key, ...more, ...userdata(comment) }]
  if (parts > 1) return [{ key, keyEnd: { value: to }, ...more, ...userdata(comment) }]
  const end = after(to)
  if (end === undefined) return [{ key, ...more, ...userdata(comment, numberEntry(userdataType.elementFlags, 1)) }]
  return [
    { key, ...more, ...userdata(comment) },
    { key: { value: end }, flags: intervalEnd },
  ]
}

function dataOf(type: AnonymousSet['value'], value: Value | Verdict): NftData {
  if (typeof value === 'object') return { verdict: verdictData(value) }
  const kind = kindOf(type as Exclude<typeof type, 'verdict' | undefined>)
  return { value: ordered(kind, bytesOf(kind, value, 'value')) }
}
