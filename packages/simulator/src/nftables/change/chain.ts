import { errno } from '@nfkit/netlink-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { type NftChain, nftFlags, type nftChain } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../refusal.ts'
import { type BaseChain, NftChainState } from '../state/chain.ts'
import type { NftTableState } from '../state/table.ts'
import type { Draft } from './draft.ts'
import type { ChangeHost } from './host.ts'
import { tableOf } from './place.ts'
import type { NftRequest } from './request.ts'
import { releaseRule } from './rule.ts'

type ChainRequest = NftRequest<typeof nftChain>

const { dormant } = nftFlags.table
const verdicts = { drop: 0, accept: 1 } as const
/** Where in the order of a hook point translation may be: behind connection tracking. */
const conntrackPriority = -200
/** Types of chains, and the hooks each may have. */
const types: { readonly [type: string]: readonly number[] } = {
  filter: [0, 1, 2, 3, 4, 5],
  nat: [0, 1, 3, 4],
  route: [3],
}

/** NFT_MSG_NEWCHAIN (nf_tables_newchain). */
export function newChain(host: ChangeHost, request: ChainRequest, draft: Draft): void {
  const table = tableOf(host.tables, request, draft)
  const { name, handle, hook } = request.value
  const chain = handle === undefined ? table.chains.get(name ?? '') : byHandle(table, handle)
  if (handle !== undefined && !chain) request.refuse('ENOENT', 'handle')
  if (request.value.policy !== undefined && !(chain ? chain.base : hook)) request.refuse('EOPNOTSUPP', 'policy')
  if (chain) {
    if (request.has('excl')) request.refuse('EEXIST', 'name')
    if (request.has('replace')) throw new Refusal(errno.EOPNOTSUPP)
    update(host, table, chain, request, draft)
    return
  }
  if (!request.has('create')) request.refuse('ENOENT', 'name')
  const flags = request.value.flags ?? 0
  if (name === undefined && !(flags & nftFlags.chain.binding)) request.refuse('EINVAL')
  const base = hook && baseOf(table.family, request)
  const bits = base ? flags | nftFlags.chain.base : flags
  const made = new NftChainState(
    table,
    name ?? `__chain${request.value.id ?? 0}`,
    table.nextHandle(),
    bits,
    base,
    request.value.userdata?.slice(),
    host.run,
  )
  draft.apply(
    () => table.chains.set(made.name, made),
    () => table.chains.delete(made.name),
  )
  if (base && !(table.flags & dormant)) host.register(made, draft)
  draft.events.push((generation) => host.tell.chain(made, 'new', generation))
}

/** Throws `Refusal` for what is no base chain of the family. */
function baseOf(of: number, request: ChainRequest): BaseChain {
  const { hook, type = 'filter', policy, counters } = request.value as NftChain
  if (hook?.hooknum === undefined || hook.priority === undefined) return request.refuse('ENOENT')
  if (!Object.hasOwn(types, type)) return request.refuse('ENOENT', 'type')
  const isIp = of === family.ipv4 || of === family.ipv6 || of === family.inet
  if (type !== 'filter' && !isIp) return request.refuse('ENOENT', 'type')
  if (isIp && !types[type]!.includes(hook.hooknum)) return request.refuse('EOPNOTSUPP')
  if (type === 'nat' && hook.priority <= conntrackPriority) return request.refuse('EOPNOTSUPP')
  const devices = [hook.dev, ...(hook.devs ?? []).map(({ name }) => name)].filter((name) => name !== undefined)
  return {
    hook: hook.hooknum,
    priority: hook.priority,
    type,
    devices,
    policy: policy === undefined ? verdicts.accept : typeof policy === 'number' ? policy : verdicts[policy],
    counters: counters && { packets: counters.packets ?? 0n, bytes: counters.bytes ?? 0n },
  }
}

/** Policy and counters of a base chain can be changed (nf_tables_updchain). */
function update({ profile, tell }: ChangeHost, table: NftTableState, chain: NftChainState, request: ChainRequest, draft: Draft): void {
  const { hook, type, policy, counters, flags } = request.value
  const { base } = chain
  if (flags !== undefined && ((flags ^ chain.flags) & ~nftFlags.chain.base) !== 0) throw new Refusal(errno.EOPNOTSUPP)
  if (hook) {
    if (!base) return request.refuse('EEXIST', 'name')
    if (type !== undefined && type !== base.type) return request.refuse('EEXIST', 'name')
    const { hooknum, priority } = baseOf(table.family, request) && hook
    if (hooknum !== base.hook || priority !== base.priority) {
      if (profile.nftChainsDifferOpnotsupp) throw new Refusal(errno.EOPNOTSUPP)
      return request.refuse('EEXIST', 'name')
    }
  }
  if (base && policy !== undefined) {
    const before = base.policy
    const wanted = typeof policy === 'number' ? policy : verdicts[policy]
    draft.apply(
      () => {
        base.policy = wanted
      },
      () => {
        base.policy = before
      },
    )
  }
  if (base && counters) {
    const before = base.counters
    draft.apply(
      () => {
        base.counters = { packets: counters.packets ?? 0n, bytes: counters.bytes ?? 0n }
      },
      () => {
        base.counters = before
      },
    )
  }
  draft.changed = true
  draft.events.push((generation) => tell.chain(chain, 'new', generation))
}

/** NFT_MSG_DELCHAIN (nf_tables_delchain). */
export function deleteChain(host: ChangeHost, request: ChainRequest, draft: Draft, forgives: boolean): void {
  const table = tableOf(host.tables, request, draft)
  const { name, handle } = request.value
  const chain = handle === undefined ? table.chains.get(name ?? '') : byHandle(table, handle)
  const blamed = handle === undefined ? 'name' : 'handle'
  if (!chain) {
    if (forgives) return
    return request.refuse('ENOENT', blamed)
  }
  if (request.has('nonrec') && chain.use > 0) throw new Refusal(errno.EBUSY)
  for (const rule of chain.rules) {
    releaseRule(rule, draft)
    draft.events.push((generation) => host.tell.rule(chain, rule, 'delete', generation))
  }
  if (chain.references > 0) request.refuse('EBUSY', blamed)
  draft.apply(
    () => table.chains.delete(chain.name),
    () => table.chains.set(chain.name, chain),
  )
  draft.events.push((generation) => host.tell.chain(chain, 'delete', generation))
  draft.finally.push(() => chain.unregister?.())
}

export const byHandle = (table: NftTableState, handle: bigint): NftChainState | undefined =>
  [...table.chains.values()].find((chain) => chain.handle === handle)
