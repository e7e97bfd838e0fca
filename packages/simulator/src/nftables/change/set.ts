import { errno } from '@nfkit/netlink-codec'
import { type NftSet, nftFlags, type nftSet, verdictDataType } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../../netlink/refusal.ts'
import type { NftRequest } from '../request.ts'
import { NftSetState } from '../state/set.ts'
import type { NftTableState } from '../state/table.ts'
import type { Draft } from './draft.ts'
import { type ChangeHost, tableOf } from './host.ts'
import { release } from './references.ts'

type SetRequest = NftRequest<typeof nftSet>

const { set: bits } = nftFlags
const known = Object.values(bits).reduce((all, bit) => all | bit, 0)
/** NFT_DATA_VALUE_MAXLEN. */
const longest = 64

/** NFT_MSG_NEWSET (nf_tables_newset). */
export function newSet(host: ChangeHost, request: SetRequest, draft: Draft): void {
  const { value } = request
  const { keyLen, id, name } = value
  if (value.table === undefined || name === undefined || keyLen === undefined || id === undefined)
    throw new Refusal(errno.EINVAL)
  if (keyLen === 0 || keyLen > longest) throw new Refusal(errno.EINVAL)
  assertFlags(host, request)
  const table = tableOf(host.ruleset, request, draft)
  const existing = table.sets.get(name)
  if (existing) {
    if (request.has('exclusive')) request.refuse('EEXIST', 'name')
    if (request.has('replace')) throw new Refusal(errno.EOPNOTSUPP)
    if (!isSame(existing.value, value)) request.refuse('EEXIST', 'name')
    update(existing, value, draft)
    draft.sets.set(id, existing)
    draft.tell(request, (messages) => messages.set(existing, 'new'))
    return
  }
  if (!request.has('create')) throw new Refusal(errno.ENOENT)
  const made = new NftSetState(table, numbered(table, name), owned(value), host.uptime())
  draft.apply(
    () => table.sets.set(made.name, made),
    () => table.sets.delete(made.name),
  )
  draft.sets.set(id, made)
  if (made.isAnonymous) {
    draft.checks.push(() => {
      if (made.references === 0) throw new Refusal(errno.EINVAL)
    })
  } else draft.tell(request, (messages) => messages.set(made, 'new'))
}

/** Throws `Refusal` for flags that cannot be together. */
function assertFlags({ profile }: ChangeHost, request: SetRequest): void {
  const { flags = 0, dataType, objType, timeout, desc } = request.value
  const has = (bit: number) => (flags & bit) !== 0
  if (flags & ~known && profile.flagsInPolicy) request.refuse('EINVAL', 'flags')
  if (flags & ~known) throw new Refusal(errno.EOPNOTSUPP)
  if (has(bits.map) && has(bits.object)) throw new Refusal(errno.EOPNOTSUPP)
  if (has(bits.eval) && has(bits.object)) throw new Refusal(errno.EOPNOTSUPP)
  if (has(bits.constant) && has(bits.timeout)) throw new Refusal(errno.EOPNOTSUPP)
  if (has(bits.anonymous) && has(bits.timeout)) throw new Refusal(errno.EOPNOTSUPP)
  // What keeps intervals cannot be changed by packets.
  if (has(bits.interval) && has(bits.eval)) throw new Refusal(errno.EOPNOTSUPP)
  if (has(bits.concat) && !has(bits.interval)) throw new Refusal(errno.EINVAL)
  const fields = desc?.concat?.length ?? 0
  if (has(bits.concat) !== fields > 1) throw new Refusal(errno.EINVAL)
  if (has(bits.map) && dataType === undefined) throw new Refusal(errno.EINVAL)
  if (!has(bits.map) && dataType !== undefined) throw new Refusal(errno.EINVAL)
  if (has(bits.object) && objType === undefined) throw new Refusal(errno.EINVAL)
  if (timeout !== undefined && !has(bits.timeout)) throw new Refusal(errno.EINVAL)
}

/** What of a set cannot change. */
const isSame = (a: NftSet, b: NftSet): boolean =>
  (a.flags ?? 0) === (b.flags ?? 0) &&
  a.keyLen === b.keyLen &&
  (a.keyType ?? 0) === (b.keyType ?? 0) &&
  a.dataType === b.dataType &&
  dataLength(a) === dataLength(b) &&
  a.objType === b.objType &&
  JSON.stringify(a.desc?.concat) === JSON.stringify(b.desc?.concat)

/** Verdicts are 16 bytes, whatever is said. */
const dataLength = ({ dataType, dataLen = 0 }: NftSet): number => (dataType === verdictDataType ? 16 : dataLen)

function update(set: NftSetState, { timeout, desc }: NftSet, draft: Draft): void {
  draft.assign(set, {
    timeout: timeout === undefined ? set.timeout : Number(timeout),
    size: desc?.size ?? set.size,
  })
}

/** `__set%d` becomes the first number that is free (nf_tables_set_alloc_name). */
function numbered(table: NftTableState, name: string): string {
  if (!name.includes('%d')) return name
  for (let number = 0; ; number++) {
    const candidate = name.replace('%d', `${number}`)
    if (!table.sets.has(candidate)) return candidate
  }
}

/** Values whose bytes are not the request's. */
const owned = (value: NftSet): NftSet => ({ ...value, userdata: value.userdata?.slice() })

/** NFT_MSG_DELSET (nf_tables_delset). */
export function deleteSet(host: ChangeHost, request: SetRequest, draft: Draft, forgives: boolean): void {
  const table = tableOf(host.ruleset, request, draft)
  const { name, handle } = request.value
  const set = handle === undefined ? table.sets.get(name ?? '') : table.setBy(handle)
  const blamed = handle === undefined ? 'name' : 'handle'
  if (!set) {
    if (!forgives) request.refuse('ENOENT', blamed)
    return
  }
  if (set.references > 0 || (request.has('nonrecursive') && set.elements.size > 0)) request.refuse('EBUSY', blamed)
  for (const element of set.elements.values()) release(element, draft)
  draft.drop(table.sets, set.name)
  draft.tell(request, (messages) => messages.set(set, 'delete'))
}
