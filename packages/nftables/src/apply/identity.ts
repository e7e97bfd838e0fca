import { formatHex } from '@nfkit/inet'
import { kindOf } from '../datatype/bytes.ts'
import { keysOf, merged } from '../encode/interval.ts'
import { lowerRule } from '../lower/rule.ts'
import type { AnonymousSet } from '../lower/steps.ts'
import type { Element } from '../values/element.ts'
import type { NamedMap } from '../values/map.ts'
import type { NamedObject } from '../values/object.ts'
import type { Rule } from '../values/rule.ts'
import type { NamedSet } from '../values/set.ts'

/** A text that is the same for values the kernel has the same of: what it counts, and who made them, is left out. */

/** Of rules: what the kernel runs, and the comment. */
export function ruleIdentity(rule: Rule): string {
  const { expressions, sets } = lowerRule(rule, 'expression', () => 0)
  return textOf([expressions, sets.map(anonymousIdentity), rule.comment])
}

/** Of elements: the keys they stand for. Two with the same one cannot be in a set together. */
export function elementKey({ set, key }: Element): string {
  const { from, to } = keysOf(set.key.map(kindOf), key, set.interval)
  return `${formatHex(from)} ${formatHex(to)}`
}

/** Of elements with one key: what the key leads to, and the comment. */
export const elementIdentity = ({ value, comment, set, timeoutMilliseconds }: Element): string =>
  textOf([value, comment, set.timeouts ? timeoutMilliseconds : undefined])

/** Of sets and maps: all that cannot change. The kernel gives sets that rules add to a size, if they have none. */
export function setIdentity(set: NamedSet | NamedMap): string {
  const { kind, key, interval, timeouts, timeoutMilliseconds, dynamic, constant } = set
  return textOf([
    kind,
    key,
    interval,
    timeouts,
    timeoutMilliseconds,
    dynamic,
    constant,
    'value' in set ? set.value : undefined,
  ])
}

/** Of objects: what they do, not what they have counted. */
export const objectIdentity = ({ type, state }: NamedObject): string =>
  textOf([type, state.kind === 'counter' ? {} : state])

function anonymousIdentity({ key, interval, members }: AnonymousSet): string {
  const entries = members.map(([member, verdict]) => ({ ...keysOf(key, member, interval), verdict }))
  const isMap = entries.some(({ verdict }) => verdict !== undefined)
  const whole = interval && key.length === 1 && !isMap ? merged(entries) : entries
  return textOf([key, interval, whole.map(textOf).sort()])
}

/** What is counted. */
const counted: ReadonlySet<string> = new Set(['packets', 'bytes', 'consumed', 'used'])

function textOf(value: unknown): string {
  return JSON.stringify(value, function (this: unknown, key: string, one: unknown) {
    if (one instanceof Uint8Array) return formatHex(one)
    if (typeof one === 'bigint') return isCount(this, key) ? 0 : `${one}n`
    return one
  })
}

/** A quota's limit has the name of a counter's count. */
const isCount = (of: unknown, key: string): boolean =>
  counted.has(key) && !(key === 'bytes' && typeof of === 'object' && of !== null && ('consumed' in of || 'over' in of))
