import { type Expression, type ExpressionData, nftFlags } from '@nfkit/netlink-codec/nftables'
import { type Match, match } from '../conditions/match.ts'
import { selectorOf } from '../conditions/selector.ts'
import { kindOf, ordered } from '../datatype/bytes.ts'
import { valueFrom } from '../datatype/canonical.ts'
import type { Interval } from '../datatype/value.ts'
import { assignment } from '../statements/assign.ts'
import type { Dynamic, ElementStatement } from '../statements/dynamic.ts'
import type { Clause } from '../statements/statement.ts'
import { meterOf } from './actions/meter.ts'
import { statementOf } from './actions/statement.ts'
import { addressTranslation, localTranslation } from './actions/translation.ts'
import { verdictOf } from './actions/verdict.ts'
import { compared, comparisons, ranged, selected } from './compare.ts'
import { decided, ledTo, looked, objectsOf } from './lookup.ts'
import type { Held } from './registers/register.ts'
import { apart, nameOfKey, number, selectorLength } from './registers/source.ts'
import type { State } from './state.ts'

/** Adds what an expression does with registers; returns whether there are words for it. May throw for what rules could not write. */
export function consumed(state: State, expression: Expression, held: readonly Held[]): boolean {
  const clause = clauseOf(state, expression, held)
  const clauses = clause ? [clause] : joined(state, expression, held)
  if (clauses === undefined) return false
  for (const one of clauses) state.push(one, held)
  // Registers that were loaded before something was written do not tell what it is.
  if (clause?.kind === 'assign') state.registers.clear()
  return true
}

/**
 * Conditions on fields next to each other, which nft loads and compares at once (payload_try_merge): `ip saddr` and `ip daddr`. What it makes of
 * two `!=` is another rule, which nft lists as if it were the first: that not all of them are so. As a concatenation that has words.
 */
function joined({ scope }: State, { name, data }: Expression, [held]: readonly Held[]): readonly Clause[] | undefined {
  const { op, data: constant } = (name === 'cmp' && data ? data : {}) as ExpressionData<'cmp'>
  const bytes = constant?.value
  if (held?.source === undefined || held.mask || held.turned || bytes?.length !== held.length) return undefined
  let at = 0
  const clauses = apart(held.source, scope)?.map((source) => {
    const length = selectorLength(source)
    const what = selected({ source, length, by: held.by }, scope)
    at += length
    return what && compared(what, '==', bytes.subarray(at - length, at))
  })
  if (!clauses?.every((clause) => clause !== undefined)) return undefined
  return op === 'eq' ? clauses : op === 'neq' && clauses.length > 1 ? [noneOf(clauses)] : undefined
}

/** That not all of these are so. */
function noneOf(all: readonly Match[]): Match {
  const values = all.map(({ right }) => (right as { readonly value: Interval }).value)
  return match({ left: all.flatMap(({ left }) => left) }, '!=', { list: [values] })
}

function clauseOf(state: State, expression: Expression, held: readonly Held[]): Clause | undefined {
  const { scope, registers, sets } = state
  const [first] = held
  switch (expression.name) {
    case 'immediate': {
      const verdict = expression.data?.data?.verdict
      return verdict && verdictOf(verdict)
    }
    case 'cmp':
      return first && comparison(state, first, expression.data ?? {})
    case 'range':
      return first && range(state, first, expression.data ?? {})
    case 'lookup': {
      const found = looked(expression.data?.set, held, sets(expression.data?.set ?? ''), scope)
      return found && decided(found, expression.data ?? {})
    }
    case 'objref': {
      const set = sets(expression.data?.setName ?? '')
      const found = set?.objects && looked(expression.data?.setName, held, set, scope)
      return found ? objectsOf(found, set!.objects!) : statementOf(expression, scope)
    }
    case 'meta':
    case 'ct':
      return first && assigned(state, nameOfKey(`${expression.name} ${expression.data?.key}`), first)
    case 'dynset':
      return change(state, expression.data ?? {}, held)
    case 'nat':
      return addressTranslation(registers, expression.data ?? {})
    case 'masq':
      return localTranslation(registers, 'masquerade', expression.data ?? {})
    case 'redir':
      return localTranslation(registers, 'redirect', expression.data ?? {})
    default:
      return statementOf(expression, scope)
  }
}

function comparison(state: State, held: Held, { op, data }: ExpressionData<'cmp'>): Clause | undefined {
  const what = selected(held, state.scope)
  const comparison = comparisons[String(op)]
  const bytes = data?.value
  if (what === undefined || comparison === undefined || bytes === undefined) return undefined
  const clause = compared(what, comparison, bytes)
  const from = state.lowest
  state.lowest = op === 'gte' && clause ? { held, bytes, clause } : undefined
  if (op !== 'lte' || from?.held !== held || state.clauses.at(-1) !== from.clause) return clause
  const both = ranged(what, '==', from.bytes, bytes)
  if (both) state.clauses.pop()
  return both ?? clause
}

function range(state: State, held: Held, { op, fromData, toData }: ExpressionData<'range'>): Clause | undefined {
  const what = selected(held, state.scope)
  const [from, to] = [fromData?.value, toData?.value]
  if (what === undefined || from === undefined || to === undefined || (op !== 'eq' && op !== 'neq')) return undefined
  return ranged(what, op === 'eq' ? '==' : '!=', from, to)
}

function assigned({ scope }: State, target: string | undefined, held: Held): Clause | undefined {
  if (target === undefined) return undefined
  const { constant, source, mask, xor, turned } = held
  if (held.looked) {
    const lookup = ledTo(held.looked, selectorOf(target))
    return lookup && assignment(target, { lookup })
  }
  if (constant) {
    const kind = selectorOf(target)
    return constant.length === kind.length
      ? assignment(target, { value: valueFrom(kind, ordered(kind, constant)) })
      : undefined
  }
  const from = source && selected({ source, length: held.length, by: held.by }, scope)
  if (from === undefined || turned) return undefined
  if (mask === undefined) return assignment(target, { from: from.name })
  return mask.length === 4 ? assignment(target, { from: from.name, and: markIn(mask), xor: markIn(xor!) }) : undefined
}

const mark = kindOf('mark')
const markIn = (bytes: Uint8Array): number => Number(number(ordered(mark, bytes)))

function change({ scope, sets }: State, data: ExpressionData<'dynset'>, held: readonly Held[]): Dynamic | undefined {
  const { setName, op, sregData, timeout, expr, expressions = expr ? [expr] : [], flags = 0 } = data
  if (setName === undefined || sets(setName) === undefined || sregData !== undefined || flags & nftFlags.dynset.inv)
    return undefined
  const key = held.map((one) => selected(one, scope))
  if (key.some((part) => part === undefined || part.mask || part.shift || part.held.turned)) return undefined
  const body = expressions.map(meterOf)
  if (typeof op === 'number' || op === undefined || body.some((one) => one === undefined)) return undefined
  return Object.freeze({
    kind: 'dynamic',
    op,
    set: setName,
    key: Object.freeze(key.map((part) => part!.name)),
    ...(timeout === undefined || timeout === 0n ? {} : { timeoutMilliseconds: Number(timeout) }),
    body: Object.freeze(body as ElementStatement[]),
  })
}
