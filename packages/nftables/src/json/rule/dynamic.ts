import { selectorOf } from '../../conditions/selector.ts'
import type { Dynamic, ElementStatement } from '../../statements/dynamic.ts'
import type { Item } from '../reader/item.ts'
import { type Scope, selectorName, setName } from './condition.ts'
import { meters } from './meter.ts'

/** Seconds as nft writes them: it leaves out what is less. */
export const millisecondsIn = (item: Item): number => {
  const seconds = item.number()
  return seconds >= 0 ? 1000 * seconds : item.fail(`${seconds} is no time`)
}

/** `{ "op": "add", "elem": …, "set": "@blocked", "stmt": [ … ] }`. */
export function dynamicIn(item: Item, _scope: Scope): Dynamic {
  const { op, elem, set, stmt } = item.fields(['op', 'elem', 'set'], ['stmt'])
  const name = setName(set) ?? set.fail('the name of a set is needed, as "@blocked"')
  const { val, timeout } = elem.is('elem')
    ? elem.only()[1].fields(['val'], ['timeout'])
    : { val: elem, timeout: undefined }
  const key = val.is('concat') ? val.only()[1].list().map(selectorName) : [selectorName(val)]
  for (const one of key) selectorOf(one)
  const body = stmt?.list().map(elementStatementIn) ?? []
  return Object.freeze({
    kind: 'dynamic',
    op: op.word(['add', 'update', 'delete']),
    set: name,
    key: Object.freeze(key),
    ...(timeout === undefined ? {} : { timeoutMilliseconds: millisecondsIn(timeout) }),
    body: Object.freeze(body),
  })
}

/** What an element has of its own. */
function elementStatementIn(item: Item): ElementStatement {
  const [word, inside] = item.only()
  if (word === 'counter' || word === 'limit' || word === 'quota') return meters[word](inside)
  return inside.fail(`elements have no such statement here; there are ${Object.keys(meters).join(', ')}`)
}
