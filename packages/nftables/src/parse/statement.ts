import type { Subject } from '../conditions/match.ts'
import { selectorOf } from '../conditions/selector.ts'
import { type AssignValue, assignment } from '../statements/assign.ts'
import type { Dynamic, ElementStatement } from '../statements/dynamic.ts'
import { log } from '../statements/log.ts'
import { type VerdictLookup, verdictLookup } from '../statements/map/verdict.ts'
import { counter } from '../statements/meter.ts'
import { queue } from '../statements/queue.ts'
import { type RejectAnswer, reject } from '../statements/reject.ts'
import { notrack, type Statement } from '../statements/statement.ts'
import { accept, drop, goOn, goto, jump, returns, type Verdict } from '../statements/verdict.ts'
import { noSelector, selectorName } from './condition.ts'
import type { Cursor } from './cursor.ts'
import { mapping, valueMap } from './map.ts'
import { countingStatement, milliseconds } from './meter.ts'
import { objectOf } from './object.ts'
import { interval, type Named, setName } from './operand.ts'
import { translation } from './translation.ts'

type Reader = (cursor: Cursor, maps: readonly Named[]) => Statement

const verdicts: { readonly [word: string]: (cursor: Cursor) => Verdict } = {
  accept,
  drop,
  return: returns,
  continue: goOn,
  jump: (cursor) => jump(cursor.next('the name of a chain').text),
  goto: (cursor) => goto(cursor.next('the name of a chain').text),
}

/** What reads a statement, by the word it begins with. */
const readers: { readonly [word: string]: Reader } = {
  ...verdicts,
  counter: (cursor) => (cursor.take('name') ? objectOf(cursor, 'counter') : counted(cursor)),
  limit: (cursor) => (cursor.take('name') ? objectOf(cursor, 'limit') : countingStatement(cursor, 'limit')),
  quota: (cursor) => (cursor.take('name') ? objectOf(cursor, 'quota') : countingStatement(cursor, 'quota')),
  queue: queued,
  reject: rejected,
  log: logged,
  notrack,
  snat: (cursor, maps) => translation(cursor, 'snat', maps),
  dnat: (cursor, maps) => translation(cursor, 'dnat', maps),
  masquerade: (cursor, maps) => translation(cursor, 'masquerade', maps),
  redirect: (cursor, maps) => translation(cursor, 'redirect', maps),
  add: (cursor) => dynamic(cursor, 'add'),
  update: (cursor) => dynamic(cursor, 'update'),
  delete: (cursor) => dynamic(cursor, 'delete'),
}

/** The words statements begin with. */
export const statementWords: readonly string[] = Object.keys(readers)

/** Takes a statement; `undefined` when no word comes that begins one. */
export function statement(cursor: Cursor, maps: readonly Named[]): Statement | undefined {
  const token = cursor.peek()
  if (token === undefined || token.isQuoted || !Object.hasOwn(readers, token.text)) return undefined
  cursor.skip(1)
  return cursor.making(() => readers[token.text]!(cursor, maps))
}

/** Takes what is written to what was selected, behind the word `set`. */
export function assigned(cursor: Cursor, target: string, maps: readonly Named[]): Statement {
  return cursor.making(() => {
    if (target === 'ct helper') return objectOf(cursor, 'ctHelper')
    const from = selectorName(cursor)
    if (from === undefined) return assignment(target, { value: interval(cursor, selectorOf(target)) as never })
    const lookup = valueMap(cursor, from, selectorOf(target), maps)
    return assignment(target, lookup ? { lookup } : changed(cursor, from))
  })
}

/** `& and | or ^ xor`, each any number of times: all come down to one mask and what is turned over. */
function changed(cursor: Cursor, from: string): AssignValue {
  let [and, xor] = [0xffff_ffff, 0]
  for (;;) {
    const sign = ['&', '|', '^'].find((one) => cursor.take(one))
    if (sign === undefined) return { from, and, xor }
    const bits = cursor.number('a mask')
    if (bits > 0xffff_ffff) return cursor.fail('a mark has 32 bits', -1)
    if (sign === '&') [and, xor] = [and & bits, xor & bits]
    else if (sign === '|') [and, xor] = [and & ~bits, xor | bits]
    else xor ^= bits
    ;[and, xor] = [and >>> 0, xor >>> 0]
  }
}

/** Takes a map of verdicts, behind the word `vmap`. */
export function vmap(cursor: Cursor, about: Subject, maps: readonly Named[]): VerdictLookup {
  return cursor.making(() => verdictLookup(about, mapping(cursor, about, maps, verdict)))
}

function verdict(cursor: Cursor): Verdict {
  const { text } = cursor.next('a verdict')
  if (!Object.hasOwn(verdicts, text))
    return cursor.fail(`"${text}" is no verdict: there are ${Object.keys(verdicts).join(', ')}`, -1)
  return verdicts[text]!(cursor)
}

function counted(cursor: Cursor): Statement {
  if (!cursor.take('packets')) return counter()
  const packets = BigInt(cursor.number('how many packets'))
  cursor.expect('bytes')
  return counter({ packets, bytes: BigInt(cursor.number('how many bytes')) })
}

/** `queue num 0-3 bypass,fanout`, and the newer `queue flags bypass,fanout to 0-3`. */
function queued(cursor: Cursor): Statement {
  const flags = cursor.take('flags') ? words(cursor) : []
  const isNumbered = cursor.take('num') || cursor.take('to')
  const [from, to = from] = isNumbered ? cursor.next('the number of a queue').text.split('-').map(Number) : [0]
  const later = ['bypass', 'fanout'].some((word) => cursor.is(word)) ? words(cursor) : []
  const all = [...flags, ...later]
  const unknown = all.find((flag) => flag !== 'bypass' && flag !== 'fanout')
  if (unknown !== undefined) return cursor.fail(`"${unknown}" is no flag of queue: there are bypass and fanout`, -1)
  return queue(from!, to!, { bypass: all.includes('bypass'), fanout: all.includes('fanout') })
}

/** Words between commas. */
function words(cursor: Cursor): readonly string[] {
  const list = [cursor.next('a word').text]
  while (cursor.take(',')) list.push(cursor.next('a word').text)
  return list
}

function rejected(cursor: Cursor): Statement {
  if (!cursor.take('with')) return reject()
  const kind = cursor.next('an answer').text
  cursor.take('type')
  return reject(`${kind} ${cursor.next('an answer').text}` as RejectAnswer)
}

const logOptions = {
  prefix: (cursor: Cursor) => cursor.next('the prefix').text,
  group: (cursor: Cursor) => cursor.number('the number of a group'),
  snaplen: (cursor: Cursor) => cursor.number('a length'),
  'queue-threshold': (cursor: Cursor) => cursor.number('how many packets'),
  level: (cursor: Cursor) => cursor.next('a level').text,
} as const

function logged(cursor: Cursor): Statement {
  const options: { [option: string]: unknown } = {}
  for (;;) {
    const word = (Object.keys(logOptions) as (keyof typeof logOptions)[]).find((option) => cursor.take(option))
    if (word === undefined) return log(options)
    options[word === 'queue-threshold' ? 'queueThreshold' : word] = logOptions[word](cursor)
  }
}

function dynamic(cursor: Cursor, op: Dynamic['op']): Statement {
  const set = setName(cursor) ?? cursor.fail('a set is missing, as @blocked')
  cursor.expect('{')
  const key = [selectorName(cursor) ?? noSelector(cursor)]
  while (cursor.take('.')) key.push(selectorName(cursor) ?? noSelector(cursor))
  const timeout = cursor.take('timeout') ? { timeoutMilliseconds: milliseconds(cursor) } : {}
  const body: ElementStatement[] = []
  for (;;) {
    const word = (['counter', 'limit', 'quota'] as const).find((one) => cursor.take(one))
    if (word === undefined) break
    body.push(word === 'counter' ? (counted(cursor) as ElementStatement) : countingStatement(cursor, word))
  }
  cursor.expect('}')
  return Object.freeze({ kind: 'dynamic', op, set, key: Object.freeze(key), ...timeout, body: Object.freeze(body) })
}
