import { withoutGuards } from '../raising/guards.ts'
import type { Clause } from '../statements/statement.ts'
import { Chain, type ChainOptions } from '../values/chain.ts'
import { assertComment, type TableName } from '../values/identity.ts'
import type { Rule } from '../values/rule.ts'
import type { Item } from './reader/item.ts'
import { conditionIn, type Scope } from './rule/condition.ts'
import { statementIn } from './rule/statement.ts'

const identity = ['family', 'table', 'name', 'handle'] as const

/** A chain, and the kernel's number of it. */
export function chainIn(item: Item, table: TableName): { readonly chain: Chain; readonly handle: bigint } {
  const { name, handle, type, hook, prio, policy, dev, comment } = item.fields(identity, [
    'type',
    'hook',
    'prio',
    'policy',
    'dev',
    'comment',
  ])
  if (dev?.isList) return dev.fail('this library has no chains of several devices')
  if ((hook?.value === 'ingress' || hook?.value === 'egress') && dev === undefined)
    return hook.fail('nft 1.0.6 does not say of which device: read it with list() of this library')
  const options = {
    type: type?.text(),
    hook: hook?.text(),
    priority: prio?.number(),
    policy: policy?.text(),
    device: dev?.text(),
    comment: comment?.text(),
  } as ChainOptions
  return { chain: item.making(() => new Chain(table, name.text(), options)), handle: handle.large() }
}

/** A rule. The conditions that those behind them imply are left out, as `list` does. */
export function ruleIn(item: Item, { family, name }: TableName, scope: Scope): Rule {
  const { chain, handle, expr, comment } = item.fields(
    ['family', 'table', 'chain', 'handle', 'expr'],
    ['comment', 'index'],
  )
  const body = expr
    .list()
    .map((one): Clause => (one.is('match') ? conditionIn(one.only()[1], scope) : statementIn(one, scope)))
  comment?.making(() => assertComment(comment.value))
  return Object.freeze({
    kind: 'rule',
    family,
    table: name,
    chain: chain.text(),
    body: Object.freeze(withoutGuards(body, family)),
    ...(comment === undefined ? {} : { comment: comment.text() }),
    handle: handle.large(),
  })
}
