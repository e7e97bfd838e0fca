import { errno } from '@nfkit/netlink-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { type NftChain, type nftChain, nftFlags } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../../netlink/refusal.ts'
import type { NftRequest } from '../request.ts'
import { type BaseChain, NftChainState } from '../state/chain.ts'
import type { NftTableState } from '../state/table.ts'
import type { Draft } from './draft.ts'
import { type ChangeHost, tableOf } from './host.ts'
import { release } from './references.ts'
import { register, unregister } from './registration.ts'

type ChainRequest = NftRequest<typeof nftChain>

const verdicts = { drop: 0, accept: 1 } as const
/** Where in the order of a hook point translation may be: behind connection tracking. */
const conntrackPriority = -200
const isIp = (of: number): boolean => of === family.ipv4 || of === family.ipv6 || of === family.inet
/** Types of chains besides `filter`, and the hooks each may have. */
const types: { readonly [type: string]: readonly number[] } = { nat: [0, 1, 3, 4], route: [3] }

/** NFT_MSG_NEWCHAIN (nf_tables_newchain). */
export function newChain(host: ChangeHost, request: ChainRequest, draft: Draft): void {
  const table = tableOf(host.ruleset, request, draft)
  const { name, handle, hook, policy, id, flags = 0, userdata } = request.value
  const chain = handle === undefined ? table.chains.get(name ?? '') : table.chainBy(handle)
  if (handle !== undefined && !chain) request.refuse('ENOENT', 'handle')
  if (policy !== undefined && !(chain ? chain.base : hook)) request.refuse('EOPNOTSUPP', 'policy')
  if (policy !== undefined && policyOf(request) === undefined) throw new Refusal(errno.EINVAL)
  if (chain) {
    if (request.has('exclusive')) request.refuse('EEXIST', 'name')
    if (request.has('replace')) throw new Refusal(errno.EOPNOTSUPP)
    update(host, table, chain, request, draft)
    return
  }
  if (name === undefined && !(flags & nftFlags.chain.binding)) throw new Refusal(errno.EINVAL)
  const base = hook && baseOf(table.family, request)
  if (base && draft.turned.has(table)) throw new Refusal(errno.EINVAL)
  const bits = base ? flags | nftFlags.chain.base : flags
  const made = new NftChainState(table, name ?? `__chain${id ?? 0}`, bits, base, userdata?.slice())
  draft.apply(
    () => table.chains.set(made.name, made),
    () => table.chains.delete(made.name),
  )
  if (id !== undefined) draft.chains.set(id, made)
  if (!(table.flags & nftFlags.table.dormant)) register(host, made, draft)
  draft.tell(request, (messages) => messages.chain(made, 'new'))
}

const policyOf = ({ value: { policy } }: ChainRequest): number | undefined =>
  typeof policy === 'number' || policy === undefined ? undefined : verdicts[policy]

/** Throws `Refusal` for what is no base chain of the family (nft_chain_parse_hook). */
function baseOf(of: number, request: ChainRequest): BaseChain {
  const { hook, type = 'filter', counters } = request.value
  if (hook?.hooknum === undefined || hook.priority === undefined) return request.refuse('ENOENT', 'name')
  if (type !== 'filter') {
    if (!Object.hasOwn(types, type) || !isIp(of)) request.refuse('ENOENT', 'type')
    if (!types[type]!.includes(hook.hooknum)) throw new Refusal(errno.EOPNOTSUPP)
    if (type === 'nat' && hook.priority <= conntrackPriority) throw new Refusal(errno.EOPNOTSUPP)
  }
  const devices = [hook.dev, ...(hook.devs ?? []).map(({ name }) => name)].filter((name) => name !== undefined)
  return {
    hook: hook.hooknum,
    priority: hook.priority,
    type,
    devices,
    policy: policyOf(request) ?? verdicts.accept,
    counters: counters && countsOf(counters),
  }
}

/** Throws `Refusal`. */
function countsOf({ packets, bytes }: NonNullable<NftChain['counters']>): NonNullable<BaseChain['counters']> {
  if (packets === undefined || bytes === undefined) throw new Refusal(errno.EINVAL)
  return { packets, bytes }
}

/** Policy and counters of a base chain can be changed (nf_tables_updchain). */
function update(
  { profile }: ChangeHost,
  table: NftTableState,
  chain: NftChainState,
  request: ChainRequest,
  draft: Draft,
): void {
  const { hook, type = 'filter', counters, flags } = request.value
  const { base } = chain
  if (flags !== undefined && ((flags ^ chain.flags) & ~nftFlags.chain.base) !== 0) throw new Refusal(errno.EOPNOTSUPP)
  if (hook) {
    if (!base || type !== base.type) throw new Refusal(errno.EEXIST, request.at('name'))
    const wanted = baseOf(table.family, request)
    if (wanted.hook !== base.hook || wanted.priority !== base.priority) {
      if (profile.differingHookUnsupported) throw new Refusal(errno.EOPNOTSUPP)
      request.refuse('EEXIST', 'name')
    }
  }
  if (base) draft.assign(base, { policy: policyOf(request) ?? base.policy })
  if (base && counters) draft.assign(base, { counters: countsOf(counters) })
  draft.changed = true
  if (profile.changesBindTables) draft.rehooked.add(table)
  draft.tell(request, (messages) => messages.chain(chain, 'new'))
}

/** NFT_MSG_DELCHAIN: with its rules, unless NONREC says otherwise (nf_tables_delchain). */
export function deleteChain(host: ChangeHost, request: ChainRequest, draft: Draft, forgives: boolean): void {
  const table = tableOf(host.ruleset, request, draft)
  const { name, handle } = request.value
  const blamed = handle === undefined ? 'name' : 'handle'
  const chain = handle === undefined ? table.chains.get(name ?? '') : table.chainBy(handle)
  if (!chain) {
    if (!forgives) request.refuse('ENOENT', blamed)
    return
  }
  if (request.has('nonrecursive') && chain.use > 0) throw new Refusal(errno.EBUSY)
  for (const rule of chain.rules) {
    release(rule, draft)
    draft.tell(request, (messages) => messages.rule(chain, rule, 'delete'))
  }
  if (chain.references > 0) request.refuse('EBUSY', blamed)
  if (chain.base) draft.rehooked.add(table)
  draft.drop(table.chains, chain.name)
  draft.tell(request, (messages) => messages.chain(chain, 'delete'))
  draft.finally.push(() => unregister(chain))
}
