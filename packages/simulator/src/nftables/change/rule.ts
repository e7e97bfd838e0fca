import { errno } from '@nfkit/netlink-codec'
import type { ExpressionData, nftRule } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../../netlink/refusal.ts'
import { assertReachable } from '../expressions/reachable.ts'
import { resolve } from '../expressions/resolve.ts'
import type { NftRequest } from '../request.ts'
import type { NftChainState, NftRuleState } from '../state/chain.ts'
import type { NftTableState } from '../state/table.ts'
import type { Draft } from './draft.ts'
import { type ChangeHost, tableOf } from './host.ts'
import { hold, release } from './references.ts'

type RuleRequest = NftRequest<typeof nftRule>

/** NFT_RULE_MAXEXPRS. */
const mostExpressions = 128

/** NFT_MSG_NEWRULE (nf_tables_newrule). */
export function newRule({ ruleset, profile, evaluation }: ChangeHost, request: RuleRequest, draft: Draft): void {
  const table = tableOf(ruleset, request, draft)
  const chain = chainOf(table, request, draft)
  const { expressions = [], userdata, compat, id } = request.value
  const old = replaced(chain, request)
  // It is used up whatever is wrong with the rule.
  const handle = old?.handle ?? table.nextHandle()
  const neighbour = neighbourOf(chain, request, draft)
  if (expressions.length > mostExpressions) throw new Refusal(errno.EINVAL)
  const made: NftRuleState = {
    handle,
    compat,
    userdata: userdata?.slice(),
    ...resolve(expressions, { table, chain, profile, evaluation, named: draft }, request),
  }
  hold(made, draft)
  limitSets(made, draft)
  if (old) release(old, draft)
  draft.assign(chain, { rules: placed(chain.rules, made, old, neighbour, request.has('append')) })
  if (id !== undefined) draft.rules.set(id, made)
  assertReachable(table)
  if (old) draft.tell(request, (messages) => messages.rule(chain, old, 'delete'))
  draft.tell(request, (messages) => messages.rule(chain, made, 'new'))
}

/** A set that packets add to has a limit: 65,535 elements, where nobody said another (nft_dynset_init). */
function limitSets({ expressions, sets }: NftRuleState, draft: Draft): void {
  for (const { name, data } of expressions) {
    const set = name === 'dynset' && sets.find((one) => one.name === (data as ExpressionData<'dynset'>).setName)
    if (set && set.size === undefined) draft.assign(set, { size: 0xffff })
  }
}

/** The rule that is replaced; throws `Refusal` for flags that do not go with whether there is one. */
function replaced(chain: NftChainState, request: RuleRequest): NftRuleState | undefined {
  const { handle } = request.value
  if (handle === undefined) {
    if (!request.has('create') || request.has('replace')) throw new Refusal(errno.EINVAL)
    return undefined
  }
  const old = chain.rule(handle) ?? request.refuse('ENOENT', 'handle')
  if (request.has('exclusive')) request.refuse('EEXIST', 'handle')
  if (!request.has('replace')) throw new Refusal(errno.EOPNOTSUPP)
  return old
}

function neighbourOf(chain: NftChainState, request: RuleRequest, draft: Draft): NftRuleState | undefined {
  const { position, positionId } = request.value
  if (position !== undefined) return chain.rule(position) ?? request.refuse('ENOENT', 'position')
  if (positionId === undefined) return undefined
  return draft.rules.get(positionId) ?? request.refuse('ENOENT', 'positionId')
}

function placed(
  rules: readonly NftRuleState[],
  made: NftRuleState,
  old: NftRuleState | undefined,
  neighbour: NftRuleState | undefined,
  isAppended: boolean,
): NftRuleState[] {
  if (old) return rules.map((rule) => (rule === old ? made : rule))
  if (neighbour) return rules.toSpliced(rules.indexOf(neighbour) + (isAppended ? 1 : 0), 0, made)
  return isAppended ? [...rules, made] : [made, ...rules]
}

/** NFT_MSG_DELRULE: one, all of a chain, or all of a table (nf_tables_delrule). */
export function deleteRule({ ruleset }: ChangeHost, request: RuleRequest, draft: Draft, forgives: boolean): void {
  const table = tableOf(ruleset, request, draft)
  const { chain: name, handle, id } = request.value
  if (name === undefined) {
    for (const chain of table.chains.values()) for (const rule of chain.rules) remove(chain, rule, request, draft)
    return
  }
  const chain = table.chains.get(name)
  if (!chain) {
    if (!forgives) request.refuse('ENOENT', 'chain')
    return
  }
  if (handle === undefined && id === undefined) {
    for (const rule of chain.rules) remove(chain, rule, request, draft)
    return
  }
  const rule = handle === undefined ? draft.rules.get(id!) : chain.rule(handle)
  if (rule) remove(chain, rule, request, draft)
  else if (!forgives) request.refuse('ENOENT', handle === undefined ? 'id' : 'handle')
}

function remove(chain: NftChainState, rule: NftRuleState, request: RuleRequest, draft: Draft): void {
  release(rule, draft)
  draft.assign(chain, { rules: chain.rules.filter((other) => other !== rule) })
  draft.tell(request, (messages) => messages.rule(chain, rule, 'delete'))
}

/** Throws `Refusal`. */
function chainOf(table: NftTableState, request: RuleRequest, draft: Draft): NftChainState {
  const { chain: name, chainId } = request.value
  if (name !== undefined) return table.chains.get(name) ?? request.refuse('ENOENT', 'chain')
  if (chainId === undefined) throw new Refusal(errno.EINVAL)
  return draft.chains.get(chainId) ?? request.refuse('ENOENT', 'chainId')
}
