import { type ExpressionData, type NftElement, nftFlags } from '@nfkit/netlink-codec/nftables'
import { match, type Subject } from '../conditions/match.ts'
import { isHostNumber } from '../datatype/bytes.ts'
import type { Clause } from '../statements/statement.ts'
import type { Verdict } from '../statements/verdict.ts'
import { verdictLookup } from '../statements/verdict-map.ts'
import { verdictOf } from './actions/verdict.ts'
import { type Selected, selected, subjectOf, unshifted } from './compare.ts'
import type { KnownSet } from './members.ts'
import { type Keyed, members } from './members.ts'
import type { Held } from './registers/register.ts'
import type { Scope } from './scope.ts'
import { commentOf } from './userdata.ts'

/** What a lookup of registers in a set or map does; `undefined` when it has no words. May throw for what rules could not write. */
export function lookedUp(
  { set, dreg, flags = 0 }: ExpressionData<'lookup'>,
  held: readonly Held[],
  known: KnownSet | undefined,
  scope: Scope,
): Clause | undefined {
  // What is no field of the header, as ports of ICMP, may be one of any.
  const parts = held.map((one) => selected(one, scope) ?? selected(one, { ...scope, transport: undefined }))
  if (set === undefined || known === undefined || (dreg !== undefined && dreg !== 0)) return undefined
  const isOwn = known.anonymous && parts.length === 1
  if (!parts.every((part): part is Selected => part !== undefined && isReady(part, known.interval, isOwn)))
    return undefined
  const about: Subject = parts.length === 1 ? subjectOf(parts[0]!) : { left: parts.map(({ name }) => name) }
  if (parts.length > 1 && parts.some(({ mask }) => mask !== undefined)) return undefined
  const op = flags & nftFlags.lookup.inv ? '!=' : '=='
  const interval = known.interval ? { interval: true as const } : {}
  if (!known.anonymous)
    return dreg === 0 ? verdictLookup(about, { map: set, ...interval }) : match(about, op, { set, ...interval })
  const keyed = members(
    parts.map(({ selector }) => selector),
    known.elements.map((element) => moved(element, parts[0]!.shift)),
    known.interval,
  )
  if (keyed === undefined || keyed.some(({ element }) => hasMore(element))) return undefined
  if (dreg === undefined) return match(about, op, { list: keyed.map(({ key }) => key) })
  const entries = keyed.map(entryOf)
  return entries.every((entry) => entry !== undefined)
    ? verdictLookup(about, { entries: entries as [Keyed['key'], Verdict][] })
    : undefined
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
const hasMore = ({ timeout, expr, expressions, objref, userdata }: NftElement): boolean =>
  [timeout, expr, expressions, objref, commentOf(userdata)].some((one) => one !== undefined)

function entryOf({ key, element }: Keyed): readonly [Keyed['key'], Verdict] | undefined {
  const verdict = element.data?.verdict && verdictOf(element.data.verdict)
  return verdict && [key, verdict]
}
