import { errno } from '@nfkit/netlink-codec'
import type { nftRule } from '@nfkit/netlink-codec/nftables'
import { compileRule } from '../evaluate/compile.ts'
import { Refusal } from '../refusal.ts'
import type { NftChainState, NftRuleState } from '../state/chain.ts'
import type { NftTableState } from '../state/table.ts'
import type { Draft } from './draft.ts'
import type { ChangeHost } from './host.ts'
import { tableOf } from './place.ts'
import { assertReachable } from './reach.ts'
import type { NftRequest } from './request.ts'

type RuleRequest = NftRequest<typeof nftRule>

/** NFT_RULE_MAXEXPRS. */
const mostExpressions = 128

/** NFT_MSG_NEWRULE (nf_tables_newrule). */
export function newRule(host: ChangeHost, request: RuleRequest, draft: Draft): void {
  const table = tableOf(host.tables, request, draft)
  const chain = chainOf(table, request)
  const { handle, position, positionId, expressions = [], userdata, compat, id } = request.value
  const old = handle === undefined ? undefined : ruleOf(chain, handle)
  if (handle !== undefined) {
    if (!old) request.refuse('ENOENT', 'handle')
    if (request.has('excl')) request.refuse('EEXIST', 'handle')
    if (!request.has('replace')) throw new Refusal(errno.EOPNOTSUPP)
  } else if (!request.has('create') || request.has('replace')) throw new Refusal(errno.EINVAL)
  const neighbour =
    position === undefined ? (positionId === undefined ? undefined : draft.rules.get(positionId)) : ruleOf(chain, position)
  if ((position !== undefined || positionId !== undefined) && !neighbour)
    request.refuse('ENOENT', position === undefined ? 'positionId' : 'position')
  if (expressions.length > mostExpressions) throw new Refusal(errno.EINVAL)
  const made: NftRuleState = {
    handle: old?.handle ?? table.nextHandle(),
    expressions,
    compat,
    userdata: userdata?.slice(),
    ...compileRule(expressions, { table, chain, draft, host, blame: (index) => request.itemAt('expressions', index) }),
  }
  hold(made, draft)
  if (old) releaseRule(old, draft)
  place(chain, made, old, neighbour, request.has('append'), draft)
  if (id !== undefined) draft.rules.set(id, made)
  assertReachable(host.tables, table)
  if (old) draft.events.push((generation) => host.tell.rule(chain, old, 'delete', generation))
  draft.events.push((generation) => host.tell.rule(chain, made, 'new', generation))
}

function place(
  chain: NftChainState,
  made: NftRuleState,
  old: NftRuleState | undefined,
  neighbour: NftRuleState | undefined,
  appends: boolean,
  draft: Draft,
): void {
  const before = chain.rules
  const after = [...before]
  if (old) after.splice(before.indexOf(old), 1, made)
  else if (neighbour) after.splice(before.indexOf(neighbour) + (appends ? 1 : 0), 0, made)
  else if (appends) after.push(made)
  else after.unshift(made)
  setRules(chain, after, draft)
}

/** NFT_MSG_DELRULE: one, all of a chain, or all of a table (nf_tables_delrule). */
export function deleteRule(host: ChangeHost, request: RuleRequest, draft: Draft, forgives: boolean): void {
  const table = tableOf(host.tables, request, draft)
  const { chain: name, handle, id } = request.value
  const chain = name === undefined ? undefined : table.chains.get(name)
  if (name !== undefined && !chain) {
    if (forgives) return
    request.refuse('ENOENT', 'chain')
  }
  if (!chain) {
    for (const one of table.chains.values()) for (const rule of one.rules) drop(host, one, rule, draft)
    return
  }
  const rule = handle !== undefined ? ruleOf(chain, handle) : id !== undefined ? draft.rules.get(id) : undefined
  if (handle === undefined && id === undefined) for (const one of chain.rules) drop(host, chain, one, draft)
  else if (rule) drop(host, chain, rule, draft)
  else if (!forgives) request.refuse('ENOENT', handle === undefined ? 'id' : 'handle')
}

function drop(host: ChangeHost, chain: NftChainState, rule: NftRuleState, draft: Draft): void {
  releaseRule(rule, draft)
  setRules(
    chain,
    chain.rules.filter((other) => other !== rule),
    draft,
  )
  draft.events.push((generation) => host.tell.rule(chain, rule, 'delete', generation))
}

function setRules(chain: NftChainState, rules: readonly NftRuleState[], draft: Draft): void {
  const before = chain.rules
  draft.apply(
    () => {
      chain.rules = rules
    },
    () => {
      chain.rules = before
    },
  )
}

/** What a rule refers to cannot go before it. */
function hold({ sets, objects, chains }: NftRuleState, draft: Draft): void {
  count([...sets], 'references', 1, draft)
  count([...chains], 'references', 1, draft)
  count([...objects], 'use', 1, draft)
}

export function releaseRule({ sets, objects, chains }: NftRuleState, draft: Draft): void {
  count([...sets], 'references', -1, draft)
  count([...chains], 'references', -1, draft)
  count([...objects], 'use', -1, draft)
}

function count<K extends string>(all: readonly { [key in K]: number }[], key: K, by: number, draft: Draft): void {
  for (const one of all) {
    draft.apply(
      () => {
        ;(one as Record<string, number>)[key]! += by
      },
      () => {
        ;(one as Record<string, number>)[key]! -= by
      },
    )
  }
}

/** Throws `Refusal`. */
function chainOf(table: NftTableState, request: RuleRequest): NftChainState {
  const { chain: name } = request.value
  if (name === undefined) throw new Refusal(errno.EINVAL)
  return table.chains.get(name) ?? request.refuse('ENOENT', 'chain')
}

const ruleOf = (chain: NftChainState, handle: bigint): NftRuleState | undefined =>
  chain.rules.find((rule) => rule.handle === handle)
