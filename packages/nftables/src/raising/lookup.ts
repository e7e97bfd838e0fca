import { type ExpressionData, type NftElement, nftFlags } from '@nfkit/netlink-codec/nftables'
import { match, type Subject } from '../conditions/match.ts'
import { isHostNumber, type Kind, ordered } from '../datatype/bytes.ts'
import { valueFrom } from '../datatype/canonical.ts'
import type { Mapping } from '../statements/map/mapping.ts'
import { objectLookup } from '../statements/map/object.ts'
import { type ValueLookup, valueLookup } from '../statements/map/value.ts'
import { verdictLookup } from '../statements/map/verdict.ts'
import type { ObjectType } from '../statements/meter.ts'
import type { Clause } from '../statements/statement.ts'
import { verdictOf } from './actions/verdict.ts'
import { type Selected, selected, subjectOf, unshifted } from './compare.ts'
import { type KnownSet, type Looked, members } from './members.ts'
import type { Held } from './registers/register.ts'
import type { Scope } from './scope.ts'
import { commentOf } from './userdata.ts'

/** A lookup of registers in a set or map; `undefined` when it has no words. May throw for what rules could not write. */
export function looked(
  set: string | undefined,
  held: readonly Held[],
  known: KnownSet | undefined,
  scope: Scope,
): Looked | undefined {
  // What is no field of the header, as ports of ICMP, may be one of any.
  const parts = held.map((one) => selected(one, scope) ?? selected(one, { ...scope, transport: undefined }))
  if (set === undefined || known === undefined) return undefined
  const isOwn = known.anonymous && parts.length === 1
  if (!parts.every((part): part is Selected => part !== undefined && isReady(part, known.interval, isOwn)))
    return undefined
  const about: Subject = parts.length === 1 ? subjectOf(parts[0]!) : { left: parts.map(({ name }) => name) }
  if (parts.length > 1 && parts.some(({ mask }) => mask !== undefined)) return undefined
  if (!known.anonymous) return { about, among: known.interval ? { set, interval: true } : { set } }
  const keyed = members(
    parts.map(({ selector }) => selector),
    known.elements.map((element) => moved(element, parts[0]!.shift)),
    known.interval,
  )
  return keyed === undefined || keyed.some(({ element }) => hasMore(element, known.objects))
    ? undefined
    : { about, among: { keyed } }
}

/** What a rule does with a look-up: it asks whether there is something, or follows a verdict. */
export function decided({ about, among }: Looked, { dreg, flags = 0 }: ExpressionData<'lookup'>): Clause | undefined {
  const op = flags & nftFlags.lookup.inv ? '!=' : '=='
  if (dreg === undefined) return match(about, op, 'set' in among ? among : { list: among.keyed.map(({ key }) => key) })
  if (dreg !== 0) return undefined
  const map = mappingOf(among, ({ data }) => data?.verdict && verdictOf(data.verdict))
  return map && verdictLookup(about, map)
}

/** The objects a look-up leads to, where the map is the rule's own. */
export function objectsOf({ about, among }: Looked, type: ObjectType): Clause | undefined {
  const map = mappingOf(among, ({ objref }) => objref)
  return map && 'entries' in map ? objectLookup(type, about, map.entries) : undefined
}

/** What a look-up leads to, where values are of a kind. */
export function ledTo({ about, among }: Looked, kind: Kind): ValueLookup | undefined {
  const map = mappingOf(among, ({ data }) =>
    data?.value?.length === kind.length ? valueFrom(kind, ordered(kind, data.value)) : undefined,
  )
  return map && valueLookup(about, map)
}

/** A map, of whose elements each has a value. */
function mappingOf<T>(among: Looked['among'], valueIn: (element: NftElement) => T | undefined): Mapping<T> | undefined {
  if ('set' in among) return { map: among.set, ...(among.interval ? { interval: true } : {}) }
  const entries = among.keyed.flatMap(({ key, element }) => {
    const value = valueIn(element)
    return value === undefined ? [] : [[key, value] as const]
  })
  return entries.length === among.keyed.length ? { entries } : undefined
}

/**
 * Sets of intervals have numbers in network order, others as they are in registers. A field of some bits is where it is in its bytes only in a set of
 * the rule's own.
 */
const isReady = ({ selector, held, mask, bits, shift }: Selected, interval: boolean, isOwn: boolean): boolean =>
  (bits === undefined || (mask === undefined && held.mask !== undefined && (shift === 0 || (isOwn && !interval)))) &&
  held.length === selector.length &&
  (interval && isHostNumber(selector)) === (held.turned === true)

/** An element whose key lies so far left in its bytes. */
const moved = (element: NftElement, shift: number): NftElement =>
  shift === 0 || element.key?.value === undefined
    ? element
    : { ...element, key: { value: unshifted(element.key.value, shift) } }

/** nft marks, in userdata of its own, what has no end: that is known without. */
const hasMore = ({ timeout, expr, expressions, objref, userdata }: NftElement, objects?: ObjectType): boolean =>
  [timeout, expr, expressions, objects ? undefined : objref, commentOf(userdata)].some((one) => one !== undefined)
