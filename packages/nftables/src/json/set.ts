import { canonicalMember } from '../conditions/match.ts'
import { kindOf } from '../datatype/bytes.ts'
import { canonical } from '../datatype/canonical.ts'
import { type DatatypeName, datatypes } from '../datatype/datatype.ts'
import type { Value } from '../datatype/value.ts'
import type { ListedSet } from '../reading/listing.ts'
import type { Dynamic } from '../statements/dynamic.ts'
import type { Verdict } from '../statements/verdict.ts'
import type { Element } from '../values/element.ts'
import type { TableName } from '../values/identity.ts'
import { NamedMap } from '../values/map.ts'
import { NamedSet } from '../values/set.ts'
import type { Item } from './reader/item.ts'
import { millisecondsIn } from './rule/dynamic.ts'
import { verdictIn } from './rule/statement.ts'
import { inOrder } from './value/order.ts'
import { interval, type Known, member } from './value/value.ts'

const types = Object.keys(datatypes) as DatatypeName[]
const must = ['family', 'table', 'name', 'type', 'handle'] as const
const may = ['flags', 'elem', 'timeout', 'size', 'comment', 'policy', 'gc-interval', 'auto-merge', 'stmt'] as const
const flagWords = ['constant', 'interval', 'timeout', 'dynamic'] as const

/** The flags of a set or a map. */
export const flagsOf = (item: Item): readonly (typeof flagWords)[number][] =>
  item.is('flags')
    ? item
        .some(['flags'])
        .flags.several()
        .map((flag) => flag.word(flagWords))
    : []

/**
 * A set or a map, and its elements. `changing` are the statements of rules that change sets: nft 1.0.6 does not tell of a set whether it is
 * dynamic, and the kernel takes some of them for no other.
 */
export function setIn(
  item: Item,
  table: TableName,
  kind: 'set' | 'map',
  changing: readonly Dynamic[],
  known: Known,
): ListedSet {
  const { name, type, handle, elem, timeout, size, comment, stmt, ...more } = item.fields(
    kind === 'map' ? [...must, 'map'] : must,
    may,
  )
  if (stmt !== undefined) return stmt.fail('this library has no sets with statements of their own')
  const flags = flagsOf(item)
  const timeouts = flags.includes('timeout') || timeout !== undefined
  const isDynamic = changing.some(({ set, body }) => set === name.value && (body.length > 0 || !timeouts))
  const options = {
    key: type.several().map((one) => one.word(types)) as [DatatypeName, ...DatatypeName[]],
    interval: flags.includes('interval'),
    timeouts,
    timeoutSeconds: timeout && millisecondsIn(timeout) / 1000,
    size: size?.number(),
    dynamic: flags.includes('dynamic') || isDynamic,
    constant: flags.includes('constant'),
    comment: comment?.text(),
  }
  const to = (more as { readonly map?: Item }).map
  const value = to?.word([...types, 'verdict'])
  const set = item.making(() =>
    value === undefined
      ? new NamedSet(table, name.text(), options)
      : new NamedMap(table, name.text(), { ...options, value } as never),
  )
  const elements = elem?.list().map((one) => elementIn(one, set, known)) ?? []
  return Object.freeze({
    set,
    handle: handle.large(),
    elements: inOrder(elements, (one) => one.key, set.key.map(kindOf), set.interval),
  })
}

/** `"10.0.0.1"`, `{ "elem": { "val": "10.0.0.1", "timeout": 30 } }`, and of a map a list of the key and what it leads to. */
function elementIn(item: Item, set: NamedSet | NamedMap, known: Known): Element {
  const [entry, data] = set.kind === 'map' ? item.pair() : [item, undefined]
  const { val, timeout, expires, comment } = entry.is('elem')
    ? entry.only()[1].fields(['val'], ['timeout', 'expires', 'comment'])
    : { val: entry }
  if (val.value === '*') return val.fail('this library has no element that stands for everything else')
  const kinds = set.key.map(kindOf)
  const key = val.making(() => canonicalMember(kinds, member(val, kinds, known), `${set.kind} ${set.name}`))
  const value = data && dataIn(data, (set as NamedMap).value, known)
  return Object.freeze({
    kind: 'element',
    set,
    key,
    ...(value === undefined ? {} : { value }),
    ...(timeout === undefined ? {} : { timeoutMilliseconds: millisecondsIn(timeout) }),
    ...(expires === undefined ? {} : { expiresMilliseconds: millisecondsIn(expires) }),
    ...(comment === undefined ? {} : { comment: comment.text() }),
  })
}

function dataIn(item: Item, type: NamedMap['value'], known: Known): Value | Verdict {
  if (type === 'verdict') return verdictIn(item)
  return item.making(() => canonical(kindOf(type), interval(item, kindOf(type), known), 'value')) as Value
}
