import { type NftElement, type NftSet, nftFlags, verdictDataType } from '@nfkit/netlink-codec/nftables'
import { kindOf, ordered } from '../datatype/bytes.ts'
import { valueFrom } from '../datatype/canonical.ts'
import { type DatatypeName, datatypes } from '../datatype/datatype.ts'
import type { Value } from '../datatype/value.ts'
import { verdictOf } from '../raising/actions/verdict.ts'
import { type Keyed, type KnownSets, members } from '../raising/members.ts'
import { commentOf, setCommentOf } from '../raising/userdata.ts'
import { isObjectType } from '../statements/meter.ts'
import type { Verdict } from '../statements/verdict.ts'
import type { Element } from '../values/element.ts'
import { NamedMap } from '../values/map.ts'
import { NamedSet } from '../values/set.ts'
import { made, type Raw, type RawSet } from './raw.ts'

const flag = nftFlags.set

/** What rules need to know of the sets of a table. */
export function knownSetsOf(sets: readonly RawSet[]): KnownSets {
  const byName = new Map(sets.map(({ attributes, elements }) => [attributes.name, { ...attributes, elements }]))
  return (name) => {
    const found = byName.get(name)
    if (found === undefined) return undefined
    const { flags = 0, keyLen = 0, objType, elements } = found
    return {
      anonymous: (flags & flag.anonymous) !== 0,
      interval: (flags & flag.interval) !== 0,
      ...((flags & flag.object) !== 0 && isObjectType(objType) ? { objects: objType } : {}),
      keyLength: keyLen,
      elements,
    }
  }
}

const byId = new Map<number, DatatypeName>(
  (Object.keys(datatypes) as DatatypeName[]).map((name) => [datatypes[name].id, name]),
)

/** The types whose numbers a key's type is made of, six bits each. */
function typesOf(id: number): readonly DatatypeName[] | undefined {
  const ids: number[] = []
  for (let left = id; left > 0; left >>>= 6) ids.unshift(left & 0x3f)
  const names = ids.map((one) => byId.get(one))
  return names.length > 0 && names.every((name) => name !== undefined) ? (names as DatatypeName[]) : undefined
}

/** A set or map as a value; `undefined` for one that no value is. */
export function setOf({ family, attributes }: Raw<NftSet>): NamedSet | NamedMap | undefined {
  const {
    table = '',
    name = '',
    flags = 0,
    keyType = 0,
    keyLen,
    dataType,
    desc,
    timeout,
    userdata,
    expr,
    expressions,
  } = attributes
  const has = (one: number): boolean => (flags & one) !== 0
  const key = typesOf(keyType)
  const value = dataType === verdictDataType ? 'verdict' : byId.get(dataType ?? -1)
  if (key === undefined || has(flag.object) || expr !== undefined || expressions !== undefined) return undefined
  if (key.reduce((sum, type) => sum + lengthOf(type, key), 0) !== keyLen || (has(flag.map) && value === undefined))
    return undefined
  const options = {
    key: key as [DatatypeName, ...DatatypeName[]],
    interval: has(flag.interval),
    timeouts: has(flag.timeout),
    timeoutSeconds: timeout === undefined ? undefined : Number(timeout) / 1000,
    size: desc?.size,
    dynamic: has(flag.eval),
    constant: has(flag.constant),
    comment: setCommentOf(userdata),
  }
  const of = { family, name: table }
  return made(() =>
    has(flag.map) ? new NamedMap(of, name, { ...options, value: value! } as never) : new NamedSet(of, name, options),
  )
}

const lengthOf = (type: DatatypeName, { length: parts }: readonly DatatypeName[]): number =>
  parts > 1 ? (datatypes[type].length + 3) & ~3 : datatypes[type].length

/** Elements as values, and those that no value is: with statements of their own, or for all keys that are not there. */
export function elementsOf(
  set: NamedSet | NamedMap,
  raw: readonly NftElement[],
): { readonly elements: readonly Element[]; readonly left: readonly NftElement[] } {
  const isPlain = ({ flags = 0, expr, expressions, objref }: NftElement): boolean =>
    (flags & nftFlags.element.catchall) === 0 && expr === undefined && expressions === undefined && objref === undefined
  const plain = raw.filter(isPlain)
  const keyed = members(set.key.map(kindOf), plain, set.interval)
  const elements = keyed?.map((one) => elementOf(set, one))
  if (elements === undefined || elements.some((one) => one === undefined)) return { elements: [], left: raw }
  return { elements: elements as Element[], left: raw.filter((one) => !isPlain(one)) }
}

function elementOf(set: NamedSet | NamedMap, { key, element }: Keyed): Element | undefined {
  const { timeout, expiration, userdata } = element
  const value = set.kind === 'map' ? dataOf(set.value, element) : undefined
  if (set.kind === 'map' && value === undefined) return undefined
  const comment = commentOf(userdata)
  return Object.freeze({
    kind: 'element',
    set,
    key,
    ...(value === undefined ? {} : { value }),
    ...(timeout === undefined || timeout === 0n ? {} : { timeoutMilliseconds: Number(timeout) }),
    ...(expiration === undefined ? {} : { expiresMilliseconds: Number(expiration) }),
    ...(comment === undefined ? {} : { comment }),
  })
}

function dataOf(type: NamedMap['value'], { data }: NftElement): Value | Verdict | undefined {
  if (type === 'verdict') return data?.verdict && verdictOf(data.verdict)
  const kind = kindOf(type)
  return data?.value?.length === kind.length ? valueFrom(kind, ordered(kind, data.value)) : undefined
}
