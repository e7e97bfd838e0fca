import { errno } from '@nfkit/netlink-codec'
import { nftFlags, type nftTable } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../../netlink/refusal.ts'
import type { NftRequest } from '../request.ts'
import { NftTableState } from '../state/table.ts'
import type { Draft } from './draft.ts'
import type { ChangeHost } from './host.ts'
import { sleep, wake } from './registration.ts'

const { dormant, owner, persist } = nftFlags.table

type TableRequest = NftRequest<typeof nftTable>

/** NFT_MSG_NEWTABLE (nf_tables_newtable, net/netfilter/nf_tables_api.c). */
export function newTable(host: ChangeHost, request: TableRequest, draft: Draft): void {
  const { ruleset, profile } = host
  const name = request.name('name')
  const { flags = 0, userdata } = request.value
  const table = ruleset.at(request.family, name)
  const isUnknown = (flags & ~(dormant | owner | (profile.persists ? persist : 0))) !== 0
  if (isUnknown && profile.flagsInPolicy) request.refuse('EINVAL', 'flags')
  if (table) {
    if (table.owner !== 0 && table.owner !== draft.portId) request.refuse('EPERM', 'name')
    if (request.has('exclusive')) request.refuse('EEXIST', 'name')
    if (request.has('replace')) throw new Refusal(errno.EOPNOTSUPP)
    if (isUnknown) throw new Refusal(errno.EOPNOTSUPP)
    if (request.value.flags !== undefined) update(host, table, request, draft)
    return
  }
  if (isUnknown) throw new Refusal(errno.EOPNOTSUPP)
  const portId = flags & owner ? draft.portId : 0
  const made = new NftTableState(request.family, name, ruleset.nextHandle(), flags, portId, userdata?.slice())
  draft.apply(
    () => ruleset.add(made),
    () => ruleset.remove(made),
  )
  draft.tell(request, (messages) => messages.table(made, 'new'))
}

/** Only whether it sleeps can be changed, and an orphan be adopted (nf_tables_updtable). */
function update(host: ChangeHost, table: NftTableState, request: TableRequest, draft: Draft): void {
  const { flags = 0 } = request.value
  const changed = flags ^ table.flags
  if (changed === 0) return
  const isOrphan = (table.flags & persist) !== 0 && table.owner === 0
  const isAdopted = isOrphan && (flags & owner) !== 0 && (flags & persist) !== 0
  if (!isAdopted && changed & (owner | persist)) throw new Refusal(errno.EOPNOTSUPP)
  // Since tables can be orphans, one with an owner can be changed in nothing.
  if (!isAdopted && host.profile.persists && flags & owner) throw new Refusal(errno.EOPNOTSUPP)
  if (draft.turned.has(table) || draft.rehooked.has(table)) throw new Refusal(errno.EINVAL)
  if (changed & dormant) draft.turned.add(table)
  draft.assign(table, { flags, owner: isAdopted ? draft.portId : table.owner })
  if (changed & dormant) {
    if (flags & dormant) draft.finally.push(() => sleep(table))
    else wake(host, table, draft)
  }
  draft.tell(request, (messages) => messages.table(table, 'new'))
}

/** NFT_MSG_DELTABLE: one, or all the sender may delete (nf_tables_deltable). `forgives`: NFT_MSG_DESTROYTABLE. */
export function deleteTable({ ruleset }: ChangeHost, request: TableRequest, draft: Draft, forgives: boolean): void {
  const { name, handle } = request.value
  if (request.family === 0 || (name === undefined && handle === undefined)) {
    for (const table of ruleset.of(request.family)) {
      const isTheirs = table.owner !== 0 && table.owner !== draft.portId
      if (!isTheirs && (name === undefined || name === table.name)) remove(ruleset, table, request, draft)
    }
    return
  }
  const blamed = handle === undefined ? 'name' : 'handle'
  const table = handle === undefined ? ruleset.at(request.family, name!) : ruleset.byHandle(request.family, handle)
  if (!table) {
    if (!forgives) request.refuse('ENOENT', blamed)
    return
  }
  if (table.owner !== 0 && table.owner !== draft.portId) request.refuse('EPERM', blamed)
  if (request.has('nonrecursive') && table.use > 0) throw new Refusal(errno.EBUSY)
  remove(ruleset, table, request, draft)
}

/** A table goes with all that is in it, which is told in this order (nft_flush_table). */
function remove(ruleset: ChangeHost['ruleset'], table: NftTableState, request: TableRequest, draft: Draft): void {
  draft.apply(
    () => ruleset.remove(table),
    () => ruleset.add(table),
  )
  for (const chain of table.chains.values())
    for (const rule of chain.rules) draft.tell(request, (messages) => messages.rule(chain, rule, 'delete'))
  for (const set of table.sets.values())
    if (!set.isAnonymous) draft.tell(request, (messages) => messages.set(set, 'delete'))
  for (const object of table.objects.values())
    draft.tell(request, (messages) => messages.object(table, object, 'delete'))
  for (const chain of table.chains.values()) draft.tell(request, (messages) => messages.chain(chain, 'delete'))
  draft.tell(request, (messages) => messages.table(table, 'delete'))
  draft.finally.push(() => sleep(table))
}
