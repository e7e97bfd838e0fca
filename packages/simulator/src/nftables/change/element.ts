import { errno } from '@nfkit/netlink-codec'
import { type NftElement, nftFlags, type nftElements } from '@nfkit/netlink-codec/nftables'
import { sameBytes } from '../evaluate/bytes.ts'
import { compileElement } from '../evaluate/compile.ts'
import { Refusal } from '../refusal.ts'
import { isCatchall, isEnd, type NftElementState, type NftSetState } from '../state/set.ts'
import type { NftTableState } from '../state/table.ts'
import type { Draft } from './draft.ts'
import type { ChangeHost } from './host.ts'
import { tableOf } from './place.ts'
import type { NftRequest } from './request.ts'

type ElementsRequest = NftRequest<typeof nftElements>

const { set: bits } = nftFlags
const noKey = new Uint8Array(0)

/** NFT_MSG_NEWSETELEM (nf_tables_newsetelem). */
export function newElements(host: ChangeHost, request: ElementsRequest, draft: Draft): void {
  const { table, set } = setOf(host, request, draft)
  const { elements } = request.value
  if (elements === undefined) throw new Refusal(errno.EINVAL)
  if (set.references > 0 && set.flags & bits.constant) request.refuse('EBUSY', 'set')
  const added: NftElementState[] = []
  elements.forEach((element, index) => {
    const at = request.itemAt('elements', index)
    const made = add(host, table, set, element, at, request.has('excl'), draft)
    if (made) added.push(made)
  })
  if (added.length > 0 && !set.isAnonymous)
    draft.events.push((generation) => host.tell.elements(table, set, added, 'new', generation))
}

/** The element that is new; `undefined` where it was there. */
function add(
  host: ChangeHost,
  table: NftTableState,
  set: NftSetState,
  value: NftElement,
  at: number | undefined,
  excludes: boolean,
  draft: Draft,
): NftElementState | undefined {
  const now = host.uptime()
  const made = elementOf(host, table, set, value, at, draft)
  const there = set.at(made.key, made.isIntervalEnd, made.keyEnd)
  if (there && there.expires > now) {
    if (excludes) throw new Refusal(errno.EEXIST, at)
    if (!sameData(there.value, value)) throw new Refusal(errno.EEXIST, at)
    if (host.profile.nftRenewsElements) renew(there, made, draft)
    return undefined
  }
  if (set.isConcatenated && overlaps(set, made, now)) throw new Refusal(errno.EEXIST, at)
  if (set.size !== undefined && !made.isIntervalEnd && [...set.living(now)].filter((one) => !one.isIntervalEnd).length >= set.size)
    throw new Refusal(errno.ENFILE, at)
  draft.apply(
    () => set.put(made),
    () => {
      set.remove(made)
      if (there) set.put(there)
    },
  )
  return made
}

/** Throws `Refusal` for what is no element of the set. */
function elementOf(
  host: ChangeHost,
  table: NftTableState,
  set: NftSetState,
  value: NftElement,
  at: number | undefined,
  draft: Draft,
): NftElementState {
  const fail = (failed: keyof typeof errno): never => {
    throw new Refusal(errno[failed], at)
  }
  const catchall = isCatchall(value)
  const end = isEnd(value)
  const key = value.key?.value ?? (catchall ? noKey : fail('EINVAL'))
  if (!catchall && key.length !== set.keyLength) fail('EINVAL')
  if (end && !set.isInterval) fail('EINVAL')
  const isMap = (set.flags & bits.map) !== 0
  if (isMap !== (value.data !== undefined) && !end) fail('EINVAL')
  if ((set.flags & bits.object) !== 0 !== (value.objref !== undefined) && !end) fail('EINVAL')
  if (value.timeout !== undefined && !(set.flags & bits.timeout)) fail('EINVAL')
  if (value.keyEnd !== undefined && !set.isConcatenated) fail('EINVAL')
  const timeout = value.timeout === undefined ? (end ? 0 : set.timeout) : Number(value.timeout)
  const expiration = value.expiration === undefined ? timeout : Number(value.expiration)
  if (timeout > 0 && expiration > timeout) fail('ERANGE')
  return {
    value: { ...value, userdata: value.userdata?.slice() },
    key: key.slice(),
    keyEnd: value.keyEnd?.value?.slice(),
    isIntervalEnd: end,
    isCatchall: catchall,
    timeout,
    expires: timeout > 0 ? host.uptime() + expiration : Number.POSITIVE_INFINITY,
    expressions: compileElement(set, value, { table, draft, host, at }),
  }
}

function renew(there: NftElementState, { timeout, expires }: NftElementState, draft: Draft): void {
  const before = { timeout: there.timeout, expires: there.expires }
  draft.apply(
    () => Object.assign(there, { timeout, expires }),
    () => Object.assign(there, before),
  )
}

/** Whether a living range of the set shares a value with this one. */
function overlaps(set: NftSetState, { key, keyEnd = key }: NftElementState, now: number): boolean {
  for (const other of set.living(now)) {
    const end = other.keyEnd ?? other.key
    const apart = [...key].some((_, i) => keyEnd[i]! < other.key[i]! || key[i]! > end[i]!)
    if (!apart && !(sameBytes(key, other.key) && sameBytes(keyEnd, end))) return true
  }
  return false
}

const sameData = (a: NftElement, b: NftElement): boolean =>
  JSON.stringify(plain(a)) === JSON.stringify(plain(b))
const plain = ({ data, objref }: NftElement) => ({ value: data?.value && [...data.value], verdict: data?.verdict, objref })

/** NFT_MSG_DELSETELEM: some, or all (nf_tables_delsetelem). `forgives`: NFT_MSG_DESTROYSETELEM. */
export function deleteElements(host: ChangeHost, request: ElementsRequest, draft: Draft, forgives: boolean): void {
  const { table, set } = setOf(host, request, draft)
  const { elements } = request.value
  if (set.references > 0 && set.flags & bits.constant) request.refuse('EBUSY', 'set')
  if (elements === undefined) {
    const before = set.elements
    const gone = [...set.living(host.uptime())]
    draft.apply(
      () => set.replace(new Map()),
      () => set.replace(before),
    )
    if (gone.length > 0) draft.events.push((generation) => host.tell.elements(table, set, gone, 'delete', generation))
    return
  }
  const gone: NftElementState[] = []
  elements.forEach((value, index) => {
    const element = isCatchall(value)
      ? [...set.elements.values()].find((one) => one.isCatchall)
      : set.at(value.key?.value ?? noKey, isEnd(value), value.keyEnd?.value)
    if (!element || element.expires <= host.uptime()) {
      if (forgives) return
      throw new Refusal(errno.ENOENT, request.itemAt('elements', index))
    }
    draft.apply(
      () => set.remove(element),
      () => set.put(element),
    )
    gone.push(element)
  })
  if (gone.length > 0) draft.events.push((generation) => host.tell.elements(table, set, gone, 'delete', generation))
}

/** Throws `Refusal`. */
function setOf(host: ChangeHost, request: ElementsRequest, draft: Draft): { table: NftTableState; set: NftSetState } {
  const table = tableOf(host.tables, request, draft)
  const { set: name, setId } = request.value
  const set = (setId === undefined ? undefined : draft.sets.get(setId)) ?? table.sets.get(name ?? '')
  if (!set) return request.refuse('ENOENT', 'set')
  return { table, set }
}
