import { selectorOf } from '../conditions/selector.ts'
import type { Assign } from '../statements/assign.ts'
import type { Dynamic } from '../statements/dynamic.ts'
import type { Verbatim } from '../statements/expression.ts'
import type { Log } from '../statements/log.ts'
import type { VerdictLookup } from '../statements/map/verdict.ts'
import type { ObjectType } from '../statements/meter.ts'
import type { Queue } from '../statements/queue.ts'
import type { Clause, Statement } from '../statements/statement.ts'
import type { Verdict } from '../statements/verdict.ts'
import { printCondition, printSubject } from './condition.ts'
import { printEntries, printMap, printNames } from './map.ts'
import { printMeter } from './meter.ts'
import { duration, objectWords, quoted } from './text.ts'
import { printTranslation } from './translation.ts'
import { printValue } from './value.ts'

/**
 * A condition or statement in nft's language. What has no words there is written so that nft refuses it: `xt target "LOG"` of iptables'
 * extensions, `expression numgen` of all others. Throws `EncodeError` for a condition about what nft does not know.
 *
 * @example
 * import { ip, printClause, queue, tcp } from '@nfkit/nftables'
 *
 * console.log(printClause(ip.saddr.is('10.0.0.0/8')), printClause(queue(0, 3, { bypass: true }))) // ip saddr 10.0.0.0/8 queue flags bypass to 0-3
 * console.log(printClause(tcp.dport.in([80, 443]))) // tcp dport { 80, 443 }
 */
export const printClause = (clause: Clause): string =>
  clause.kind === 'match' ? printCondition(clause) : printStatement(clause)

const using = (type: ObjectType): string => `${objectWords[type]} ${type === 'ctHelper' ? 'set' : 'name'}`

function printStatement(statement: Statement): string {
  switch (statement.kind) {
    case 'counter':
    case 'limit':
    case 'quota':
      return printMeter(statement)
    case 'object':
      return `${using(statement.type)} ${quoted(statement.name)}`
    case 'objects':
      return `${using(statement.type)} ${printNames(statement)}`
    case 'queue':
      return printQueue(statement)
    case 'reject':
      return `reject with ${statement.with}`
    case 'log':
      return printLog(statement)
    case 'notrack':
      return 'notrack'
    case 'assign':
      return printAssign(statement)
    case 'snat':
    case 'dnat':
    case 'masquerade':
    case 'redirect':
      return printTranslation(statement)
    case 'dynamic':
      return printDynamic(statement)
    case 'vmap':
      return printLookup(statement)
    case 'expression':
      return printVerbatim(statement)
    default:
      return printVerdict(statement)
  }
}

/** A verdict in nft's language. */
export const printVerdict = (verdict: Verdict): string =>
  verdict.kind === 'jump' || verdict.kind === 'goto' ? `${verdict.kind} ${verdict.chain}` : verdict.kind

function printQueue({ from, to, bypass, fanout }: Queue): string {
  const flags = [...(bypass ? ['bypass'] : []), ...(fanout ? ['fanout'] : [])].join(',')
  return `queue ${flags === '' ? '' : `flags ${flags} `}to ${from === to ? from : `${from}-${to}`}`
}

function printLog({ prefix, group, snaplen, queueThreshold, level }: Log): string {
  const parts: readonly (readonly [string, string | number | undefined])[] = [
    ['prefix', prefix === undefined ? undefined : quoted(prefix)],
    ['group', group],
    ['snaplen', snaplen],
    ['queue-threshold', queueThreshold],
    ['level', level],
  ]
  return ['log', ...parts.flatMap(([word, value]) => (value === undefined ? [] : [`${word} ${value}`]))].join(' ')
}

function printAssign({ target, value }: Assign): string {
  const { type } = selectorOf(target)
  if ('value' in value) return `${target} set ${printValue(type, value.value)}`
  if ('lookup' in value) return `${target} set ${printMap(value.lookup, type)}`
  const { from, and = 0xffff_ffff, xor = 0 } = value
  const kept = and === 0xffff_ffff ? '' : ` & ${printValue('mark', and)}`
  return `${target} set ${from}${kept}${xor === 0 ? '' : ` ${(and & xor) === 0 ? '|' : '^'} ${printValue('mark', xor)}`}`
}

function printDynamic({ op, set, key, timeoutMilliseconds, body }: Dynamic): string {
  const timeout = timeoutMilliseconds === undefined ? [] : [`timeout ${duration(timeoutMilliseconds)}`]
  return `${op} @${set} { ${[key.join(' . '), ...timeout, ...body.map(printMeter)].join(' ')} }`
}

function printLookup({ map, ...about }: VerdictLookup): string {
  if ('map' in map) return `${printSubject(about)} vmap @${map.map}`
  return `${printSubject(about)} vmap ${printEntries(about, map.entries, printVerdict)}`
}

const printVerbatim = ({ expression }: Verbatim): string =>
  expression.name === 'target' || expression.name === 'match'
    ? `xt ${expression.name} ${quoted(expression.data?.name ?? '')}`
    : `expression ${expression.name}`
