import { errno } from '@nfkit/netlink-codec'
import { type NftElement, type nftElements, nftFlags, verdictDataType } from '@nfkit/netlink-codec/nftables'
import { blaming, Refusal } from '../../netlink/refusal.ts'
import { begun, stepsOf } from '../evaluate/meter/begin.ts'
import { assertLeadsOn, assertReachable } from '../expressions/reachable.ts'
import { referencesOf } from '../expressions/resolve.ts'
import type { Happening } from '../read/telling.ts'
import type { NftRequest } from '../request.ts'
import { type Interval, intervalOf } from '../state/interval.ts'
import type { NftElementState, NftSetState } from '../state/set.ts'
import type { Draft } from './draft.ts'
import { type ChangeHost, tableOf } from './host.ts'
import { hold, release } from './references.ts'

type ElementsRequest = NftRequest<typeof nftElements>

const { set: bits } = nftFlags

/** NFT_MSG_NEWSETELEM (nf_tables_newsetelem). */
export function newElements(host: ChangeHost, request: ElementsRequest, draft: Draft): void {
  const set = setOf(host, request, draft)
  const { elements } = request.value
  if (elements === undefined) throw new Refusal(errno.EINVAL)
  if (set.references > 0 && set.flags & bits.constant) throw new Refusal(errno.EBUSY)
  const places = request.placesOf('elements')
  const added = elements
    .map((element, index) => blaming(places[index], () => add(host, set, element, request.has('exclusive'), draft)))
    .filter((element) => element !== undefined)
  if (!set.isAnonymous) for (const one of added) tell(host, set, one, 'new', request, draft)
}

/** The element that is new, or lives for another time; `undefined` where it was there. */
function add(
  host: ChangeHost,
  set: NftSetState,
  value: NftElement,
  excludes: boolean,
  draft: Draft,
): NftElementState | undefined {
  const now = host.uptime()
  const made = elementOf(host, set, value, now, draft)
  const there = set.at(made)
  if (there && there.expires > now) {
    if (excludes || !sameData(there.value, value)) throw new Refusal(errno.EEXIST)
    if (!host.profile.renewsElements || there.timeout === made.timeout) {
      if (host.profile.renewsElements && made.timeout > 0) draft.assign(there, { expires: made.expires })
      return undefined
    }
    const { timeout, expires } = made
    draft.assign(there, { timeout, expires, value: { ...there.value, timeout: value.timeout } })
    return there
  }
  if (set.overlaps(made, now)) throw new Refusal(errno.EEXIST)
  if (!made.isIntervalEnd && set.isFull(now)) throw new Refusal(errno.ENFILE)
  if (host.profile.looksAhead) assertLeadsFromRules(set, made)
  if (there) release(there, draft)
  hold(made, draft)
  draft.apply(
    () => set.put(made),
    () => {
      set.remove(made)
      if (there) set.put(there)
    },
  )
  if (made.chains.length > 0) assertReachable(set.table)
  return made
}

/** Throws `Refusal` for an element whose chain leads from a rule with its set where it must not. */
function assertLeadsFromRules(set: NftSetState, { chains }: NftElementState): void {
  for (const from of set.table.chains.values())
    if (from.rules.some(({ sets }) => sets.includes(set))) for (const chain of chains) assertLeadsOn(chain, from)
}

/** Throws `Refusal` for what is no element of the set (nft_add_set_elem). */
function elementOf(
  { profile, evaluation }: ChangeHost,
  set: NftSetState,
  value: NftElement,
  now: number,
  draft: Draft,
): NftElementState {
  const interval = intervalOf(value)
  const isMap = (set.flags & bits.map) !== 0
  const isOfObjects = (set.flags & bits.object) !== 0
  const mayTimeOut = (set.flags & bits.timeout) !== 0
  assertOf(set, interval)
  if (value.keyEnd) assertEqual(set.isConcatenated ? set.keyLength : -1, interval.keyEnd?.length)
  assertEqual(isMap && !interval.isIntervalEnd, value.data !== undefined)
  assertEqual(isOfObjects && !interval.isIntervalEnd, value.objref !== undefined)
  if (value.data && !value.data.verdict) assertEqual(set.dataLength, value.data.value?.length)
  if (value.data) assertEqual(set.value.dataType === verdictDataType, value.data.verdict !== undefined)
  if (value.timeout !== undefined || value.expiration !== undefined) assertEqual(mayTimeOut, true)
  const timeout = Number(value.timeout ?? (interval.isIntervalEnd ? 0 : set.timeout))
  const expiration = Number(value.expiration ?? timeout)
  if (timeout > 0 && expiration > timeout) throw new Refusal(errno.ERANGE)
  const given = value.expr || value.expressions ? value : set.value
  const own = interval.isIntervalEnd ? [] : (given.expressions ?? (given.expr ? [given.expr] : [])).map(begun)
  return {
    ...interval,
    value: {
      ...value,
      userdata: value.userdata?.slice(),
      expr: own.length === 1 ? own[0] : undefined,
      expressions: own.length > 1 ? own : undefined,
    },
    steps: stepsOf(own, { table: set.table, host: evaluation }),
    isOfPacket: false,
    timeout,
    expires: timeout > 0 ? now + expiration : Number.POSITIVE_INFINITY,
    ...referencesOf(set, value, { profile, named: draft }),
  }
}

/** Throws `Refusal` for keys of no element of the set. */
function assertOf(set: NftSetState, { key, isCatchall, isIntervalEnd }: Interval): void {
  assertEqual(isCatchall ? 0 : set.keyLength, key.length)
  if (isIntervalEnd) assertEqual(set.isInterval, true)
}

function assertEqual(demanded: unknown, given: unknown): void {
  if (demanded !== given) throw new Refusal(errno.EINVAL)
}

const sameData = (a: NftElement, b: NftElement): boolean => JSON.stringify(plain(a)) === JSON.stringify(plain(b))
const plain = ({ data, objref }: NftElement) => ({
  value: data?.value && [...data.value],
  verdict: data?.verdict,
  objref,
})

/** NFT_MSG_DELSETELEM: some, or all (nf_tables_delsetelem). `forgives`: NFT_MSG_DESTROYSETELEM. */
export function deleteElements(host: ChangeHost, request: ElementsRequest, draft: Draft, forgives: boolean): void {
  const set = setOf(host, request, draft)
  const { elements } = request.value
  if (set.references > 0 && set.flags & bits.constant) throw new Refusal(errno.EBUSY)
  const now = host.uptime()
  const places = request.placesOf('elements')
  const remove = (element: NftElementState) => {
    release(element, draft)
    draft.apply(
      () => set.remove(element),
      () => set.put(element),
    )
    tell(host, set, element, 'delete', request, draft)
  }
  if (elements === undefined) {
    // What is dead goes as well (nft_set_flush walks over all there is).
    for (const element of [...set.elements.values()]) remove(element)
    draft.assign(set, { dead: [] })
  }
  elements?.forEach((value, index) => {
    blaming(places[index], () => {
      const interval = intervalOf(value)
      assertOf(set, interval)
      const element = set.at(interval)
      if (element && element.expires > now) remove(element)
      else if (!forgives) throw new Refusal(errno.ENOENT)
    })
  })
}

/** Each element is told of by itself, as it is then: a later message may renew it. */
function tell(
  { profile }: ChangeHost,
  set: NftSetState,
  element: NftElementState,
  what: Happening,
  request: ElementsRequest,
  draft: Draft,
): void {
  const sequence = profile.numbersElements ? request.message.sequence : 0
  const told = { ...element }
  draft.tell(request, (messages) => messages.elements(set, [told], what), sequence)
}

/** Throws `Refusal`. */
function setOf(host: ChangeHost, request: ElementsRequest, draft: Draft): NftSetState {
  const table = tableOf(host.ruleset, request, draft)
  const { set: name, setId } = request.value
  if (name === undefined && setId === undefined) throw new Refusal(errno.EINVAL)
  const set =
    (name === undefined ? undefined : table.sets.get(name)) ?? (setId === undefined ? undefined : draft.sets.get(setId))
  return set ?? request.refuse('ENOENT', host.profile.blamesSets ? 'set' : undefined)
}
