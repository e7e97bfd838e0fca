import type { Operation, Part } from '../commit/operation.ts'
import type { Change } from '../reading/events/commit.ts'
import { printRule } from './rule.ts'
import { baseLines, objectLines, tableLines } from './ruleset.ts'
import { printElement, setLines } from './set.ts'
import { objectWords, quoted } from './text.ts'

/** An operation in nft's language, on one line: `add rule inet fw out tcp dport 80 accept`. */
export function printOperation({ verb, part, beside }: Pick<Operation, 'verb' | 'part' | 'beside'>): string {
  const isGoing = verb === 'delete' || verb === 'destroy' || verb === 'flush'
  const at = beside === undefined ? '' : besideText(verb, beside)
  return [verb, nounOf(part), placeOf(part), at, isGoing ? handleOf(part) : wordsOf(part)]
    .filter((word) => word !== '')
    .join(' ')
}

/** The operations of a batch, a line each. */
export const printBatch = (operations: readonly Operation[]): string =>
  operations.map((one) => `${printOperation(one)}\n`).join('')

/**
 * A change that was watched, in nft's language, on one line: `add rule inet fw out tcp dport 80 accept`. What has no value here is a remark.
 *
 * @example
 * import { drop, printChange, table, tcp } from '@nfkit/nftables'
 *
 * const out = table('inet', 'fw').chain('out')
 * console.log(printChange({ action: 'add', what: out.rule(tcp.dport.is(25), drop()) })) // add rule inet fw out tcp dport 25 drop
 */
export function printChange({ action, what }: Change): string {
  if (!('attributes' in what)) return printOperation({ verb: action, part: what })
  const { kind, attributes } = what
  const name = 'set' in attributes ? attributes.set : (attributes as { readonly name?: string }).name
  return `# ${action} ${kind} ${quoted(name ?? '')}, which has no value in @nfkit/nftables`
}

function besideText(verb: Operation['verb'], beside: NonNullable<Operation['beside']>): string {
  const handle = typeof beside === 'bigint' ? beside : beside.handle
  const word = verb === 'replace' ? 'handle' : 'position'
  return handle === undefined ? '' : `${word} ${handle}`
}

const nounOf = (part: Part): string => (part.kind === 'object' ? objectWords[part.type] : part.kind)

function placeOf(part: Part): string {
  switch (part.kind) {
    case 'table':
      return `${part.family} ${part.name}`
    case 'rule':
      return `${part.family} ${part.table} ${part.chain}`
    case 'element':
      return `${part.set.family} ${part.set.table} ${part.set.name}`
    default:
      return `${part.family} ${part.table} ${part.name}`
  }
}

const handleOf = (part: Part): string => {
  if (part.kind === 'rule') return `handle ${part.handle} # ${printRule(part)}`
  return part.kind === 'element' ? `{ ${printElement(part)} }` : ''
}

function wordsOf(part: Part): string {
  switch (part.kind) {
    case 'table':
      return block(tableLines(part))
    case 'chain':
      return block(baseLines(part))
    case 'set':
    case 'map':
      return block(setLines(part, []).slice(1, -1))
    case 'object':
      return block(objectLines(part).slice(1, -1))
    case 'rule':
      return printRule(part)
    case 'element':
      return `{ ${printElement(part)} }`
    default:
      return part satisfies never
  }
}

const block = (lines: readonly string[]): string =>
  lines.length === 0 ? '' : `{ ${lines.map((line) => line.trim().replace(/;?$/, ';')).join(' ')} }`
