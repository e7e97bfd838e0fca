import { errno } from '@nfkit/netlink-codec'
import { nftFlags, type nftTable } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../refusal.ts'
import { NftTableState } from '../state/table.ts'
import type { ChangeHost } from './host.ts'
import type { Draft } from './draft.ts'
import { tableKey } from './place.ts'
import type { NftRequest } from './request.ts'

const { dormant, owner, persist } = nftFlags.table

type TableRequest = NftRequest<typeof nftTable>

/** NFT_MSG_NEWTABLE (nf_tables_newtable, net/netfilter/nf_tables_api.c). */
export function newTable(host: ChangeHost, request: TableRequest, draft: Draft): void {
  const { tables, profile } = host
  const name = request.name('name')
  const { flags, userdata } = request.value
  const known = dormant | owner | (profile.nftPersist ? persist : 0)
  const table = tables.at(request.family, name)
  if (flags !== undefined && flags & ~known)
    throw new Refusal(profile.nftFlagsInPolicy ? errno.EINVAL : errno.EOPNOTSUPP, profile.nftFlagsInPolicy ? request.at('flags') : undefined)
  if (table) {
    if (table.owner !== 0 && table.owner !== draft.portId) request.refuse('EPERM', 'name')
    if (request.has('excl')) request.refuse('EEXIST', 'name')
    if (request.has('replace')) throw new Refusal(errno.EOPNOTSUPP)
    if (flags !== undefined) update(host, table, flags, draft)
    return
  }
  if (!request.has('create')) request.refuse('ENOENT', 'name')
  const wanted = flags ?? 0
  const made = new NftTableState(
    request.family,
    name,
    tables.nextHandle(),
    wanted,
    wanted & owner ? draft.portId : 0,
    userdata?.slice(),
  )
  const key = tableKey(request.family, name)
  draft.apply(
    () => tables.all.set(key, made),
    () => tables.all.delete(key),
  )
  draft.events.push((generation) => host.tell.table(made, 'new', generation))
}

/** Only whether it sleeps can be changed, and an orphan be adopted (nf_tables_updtable). */
function update({ adopt, sleep, wake, tell }: ChangeHost, table: NftTableState, flags: number, draft: Draft): void {
  const before = { flags: table.flags, owner: table.owner }
  if (flags === before.flags) return
  const isOrphan = (before.flags & persist) !== 0 && before.owner === 0
  const adopts = isOrphan && (flags & (owner | persist)) === (owner | persist)
  if (!adopts && (flags ^ before.flags) & (owner | persist)) throw new Refusal(errno.EOPNOTSUPP)
  draft.apply(
    () => {
      table.flags = flags
      if (adopts) adopt(table, draft.portId)
    },
    () => Object.assign(table, before),
  )
  const wasAsleep = (before.flags & dormant) !== 0
  const isAsleep = (flags & dormant) !== 0
  if (wasAsleep && !isAsleep) wake(table, draft)
  if (!wasAsleep && isAsleep) draft.finally.push(() => sleep(table))
  draft.events.push((generation) => tell.table(table, 'new', generation))
}

/** NFT_MSG_DELTABLE: one, or all the sender may delete (nf_tables_deltable). `forgives`: NFT_MSG_DESTROYTABLE. */
export function deleteTable(host: ChangeHost, request: TableRequest, draft: Draft, forgives: boolean): void {
  const { name, handle } = request.value
  const { tables } = host
  if (request.family === 0 || (name === undefined && handle === undefined)) {
    for (const table of [...tables.all.values()]) {
      const isMine = table.owner === 0 || table.owner === draft.portId
      if (isMine && (request.family === 0 || request.family === table.family) && (name === undefined || name === table.name))
        remove(host, table, draft)
    }
    return
  }
  const table =
    handle === undefined
      ? tables.at(request.family, name!)
      : [...tables.all.values()].find((one) => one.family === request.family && one.handle === handle)
  const blamed = handle === undefined ? 'name' : 'handle'
  if (!table) {
    if (forgives) return
    request.refuse('ENOENT', blamed)
  }
  if (table.owner !== 0 && table.owner !== draft.portId) request.refuse('EPERM', blamed)
  if (request.has('nonrec') && table.use > 0) throw new Refusal(errno.EBUSY)
  remove(host, table, draft)
}

function remove(host: ChangeHost, table: NftTableState, draft: Draft): void {
  const { tables, tell } = host
  const key = tableKey(table.family, table.name)
  draft.apply(
    () => tables.all.delete(key),
    () => tables.all.set(key, table),
  )
  for (const chain of table.chains.values()) {
    for (const rule of [...chain.rules].reverse()) draft.events.push((generation) => tell.rule(chain, rule, 'delete', generation))
  }
  for (const set of table.sets.values())
    if (!set.isAnonymous) draft.events.push((generation) => tell.set(table, set, 'delete', generation))
  for (const object of table.objects.values()) draft.events.push((generation) => tell.object(table, object, 'delete', generation))
  for (const chain of table.chains.values()) draft.events.push((generation) => tell.chain(chain, 'delete', generation))
  draft.events.push((generation) => tell.table(table, 'delete', generation))
  draft.finally.push(() => host.sleep(table))
}
