import type { Expression } from '@nfkit/netlink-codec/nftables'
import { selectorOf } from '../../conditions/selector.ts'
import { type Assign, type AssignValue, assignment } from '../../statements/assign.ts'
import { type LogLevel, log, logLevels } from '../../statements/log.ts'
import { objectLookup } from '../../statements/map/object.ts'
import { verdictLookup } from '../../statements/map/verdict.ts'
import { type ObjectType, objectUse } from '../../statements/meter.ts'
import { queue } from '../../statements/queue.ts'
import { type RejectAnswer, reject } from '../../statements/reject.ts'
import { notrack, type Statement } from '../../statements/statement.ts'
import { accept, drop, goOn, goto, jump, returns, type Verdict } from '../../statements/verdict.ts'
import type { Item } from '../reader/item.ts'
import { value } from '../value/value.ts'
import { type Scope, selectorName } from './condition.ts'
import { dynamicIn } from './dynamic.ts'
import { mapIn, mappingIn } from './map.ts'
import { meterIn } from './meter.ts'
import { translationIn } from './translation.ts'

const plain: { readonly [word: string]: () => Verdict } = { accept, drop, return: returns, continue: goOn }

/** A verdict: `{ "accept": null }`, `{ "jump": { "target": … } }`. */
export function verdictIn(item: Item): Verdict {
  const [word, inside] = item.only()
  if (Object.hasOwn(plain, word)) return inside.isNull ? plain[word]!() : inside.fail('null is needed')
  if (word !== 'jump' && word !== 'goto')
    return inside.fail(`it is no verdict; there are ${Object.keys(plain).join(', ')}, jump and goto`)
  const chain = inside.fields(['target']).target.text()
  return inside.making(() => (word === 'jump' ? jump(chain) : goto(chain)))
}

/** An expression that has no words in this library, as the kernel has it. */
const verbatim = (expression: Expression): Statement => ({ kind: 'expression', expression })

const object = (immType: 'ctTimeout' | 'ctExpect' | 'synproxy' | 'secmark') => (item: Item) =>
  verbatim({ name: 'objref', data: { immType, immName: item.text() } })

/** Objects by a map of the rule's own; `undefined` for anything else. */
function objectsIn(item: Item, type: ObjectType, scope: Scope): Statement | undefined {
  if (!item.is('map')) return undefined
  const inside = item.only()[1]
  const { about, map } = mappingIn(inside, scope, (name) => name.text())
  if (!('entries' in map)) return inside.fail('a map of objects is part of the rule in this library')
  return item.making(() => objectLookup(type, about, map.entries))
}

/** What reads a statement, by the field of the JSON it is in. */
const readers: { readonly [field: string]: (item: Item, scope: Scope, whole: Item) => Statement } = {
  ...(Object.fromEntries(
    [...Object.keys(plain), 'jump', 'goto'].map((word) => [word, (_item, _scope, whole) => verdictIn(whole)]),
  ) as { readonly [word: string]: (item: Item, scope: Scope, whole: Item) => Statement }),
  counter: (item, scope) => objectsIn(item, 'counter', scope) ?? meterIn(item, 'counter'),
  limit: (item, scope) => objectsIn(item, 'limit', scope) ?? meterIn(item, 'limit'),
  quota: (item, scope) => objectsIn(item, 'quota', scope) ?? meterIn(item, 'quota'),
  log: logIn,
  reject: rejectIn,
  queue: queueIn,
  notrack: () => notrack(),
  mangle: assignIn,
  vmap: lookupIn,
  set: dynamicIn,
  snat: (item, scope) => translationIn('snat', item, scope),
  dnat: (item, scope) => translationIn('dnat', item, scope),
  masquerade: (item, scope) => translationIn('masquerade', item, scope),
  redirect: (item, scope) => translationIn('redirect', item, scope),
  'ct helper': (item, scope) =>
    objectsIn(item, 'ctHelper', scope) ??
    item.making(() => objectUse('ctHelper', { type: 'ctHelper', name: item.text() })),
  'ct timeout': object('ctTimeout'),
  'ct expectation': object('ctExpect'),
  synproxy: object('synproxy'),
  secmark: object('secmark'),
}

/** A statement. */
export function statementIn(item: Item, scope: Scope): Statement {
  const [field, inside] = item.only()
  if (Object.hasOwn(readers, field)) return readers[field]!(inside, scope, item)
  if (field === 'xt')
    return inside.fail(
      `nft does not say in JSON what ${extension(inside)} does: read the rules with list() of this library, which keeps it`,
    )
  return inside.fail(`this library has no such statement; there are ${['match', ...Object.keys(readers)].join(', ')}`)
}

const extension = (item: Item): string =>
  item.is('name') ? `iptables’ extension "${item.some(['name']).name.text()}"` : 'an extension of iptables'

const levels = Object.keys(logLevels) as LogLevel[]

function logIn(item: Item): Statement {
  if (item.isNull) return log()
  const {
    prefix,
    group,
    snaplen,
    level,
    flags,
    'queue-threshold': threshold,
  } = item.fields([], ['prefix', 'group', 'snaplen', 'queue-threshold', 'level', 'flags'])
  if (flags !== undefined) return flags.fail('this library has no flags of log: leave them out')
  return item.making(() =>
    log({
      prefix: prefix?.text(),
      group: group?.number(),
      snaplen: snaplen?.number(),
      queueThreshold: threshold?.number(),
      level: level?.word(levels),
    }),
  )
}

function rejectIn(item: Item): Statement {
  if (item.isNull) return reject()
  const { type, expr } = item.fields(['type'], ['expr'])
  const answer = expr === undefined ? type.text() : `${type.text()} ${expr.text()}`
  return item.making(() => reject(answer as RejectAnswer))
}

function queueIn(item: Item): Statement {
  const { num, flags } = item.fields([], ['num', 'flags'])
  if (num?.isObject && !num.is('range'))
    return num.fail('this library queues to queues that the rule names, not to computed ones')
  const [from, to] = num?.is('range')
    ? num
        .only()[1]
        .pair()
        .map((one) => one.number())
    : [num?.number() ?? 0]
  const words = flags?.several().map((flag) => flag.word(['bypass', 'fanout'])) ?? []
  return item.making(() =>
    queue(from!, to ?? from!, { bypass: words.includes('bypass'), fanout: words.includes('fanout') }),
  )
}

/** `{ "key": { "meta": { "key": "mark" } }, "value": … }`. */
function assignIn(item: Item, scope: Scope): Assign {
  const { key, value: written } = item.fields(['key', 'value'])
  const target = selectorName(key)
  if (written.is('map')) {
    const lookup = mapIn(written.only()[1], selectorOf(target), scope)
    return item.making(() => assignment(target, { lookup }))
  }
  return item.making(() =>
    assignment(target, isChange(written) ? changeIn(written) : { value: value(written, selectorOf(target), scope) }),
  )
}

/** Whether it is made of something of the packet, not a constant. */
const isChange = (item: Item): boolean => item.isObject && !(item.is('|') && item.only()[1].list()[0]?.isText)

/** `&`, `|` and `^` of what is selected: all come down to one mask and what is turned over. */
function changeIn(item: Item): Extract<AssignValue, { readonly from: string }> {
  const operator = ['&', '|', '^'].find((one) => item.is(one))
  if (operator === undefined) return { from: selectorName(item) }
  const [of, operand] = item.only()[1].pair()
  const { from, and = 0xffff_ffff, xor = 0 } = changeIn(of)
  const bits = operand.number()
  if (bits < 0 || bits > 0xffff_ffff) return operand.fail('a mark has 32 bits')
  if (operator === '&') return { from, and: (and & bits) >>> 0, xor: (xor & bits) >>> 0 }
  return operator === '|'
    ? { from, and: (and & ~bits) >>> 0, xor: (xor | bits) >>> 0 }
    : { from, and, xor: (xor ^ bits) >>> 0 }
}

/** A map of verdicts. */
function lookupIn(item: Item, scope: Scope): Statement {
  const { about, map } = mappingIn(item, scope, verdictIn)
  return item.making(() => verdictLookup(about, map))
}
