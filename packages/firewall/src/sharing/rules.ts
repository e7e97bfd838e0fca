import type { Assign, Clause, Match, MatchComparison, Range, ChainRule as Rule, ValueLookup } from '@nfkit/nftables'
import { allBits, bitsUpTo, changed, compared, type MarkUse, type RuleUses } from './use.ts'
import { extensionUses } from './xtables.ts'

const owners: { readonly [selector: string]: MarkUse['of'] } = { 'meta mark': 'packet', 'ct mark': 'connection' }

/** What a rule of nf_tables has to do with marks. */
export function ruleUses({ body }: Rule): RuleUses {
  const all = body.map(clauseUses)
  return {
    uses: all.flatMap(({ uses }) => uses),
    unread: all.map(({ unread }) => unread).find((text) => text !== undefined),
  }
}

const none: RuleUses = { uses: [] }

function clauseUses(clause: Clause): RuleUses {
  switch (clause.kind) {
    case 'match':
      return matchUses(clause)
    case 'vmap':
      return 'map' in clause.map
        ? looked(clause, clause.map.map)
        : listed(
            clause,
            clause.map.entries.map(([member]) => member),
          )
    case 'assign':
      return 'lookup' in clause.value
        ? mappedUses(clause.target, clause.value.lookup)
        : { uses: assignUses(clause.target, clause.value) }
    case 'expression':
      return extensionUses(clause.expression)
    default:
      return none
  }
}

/** Comparisons whose values tell which bits matter. */
const exact: readonly MatchComparison[] = ['==', '!=']

function matchUses(match: Match): RuleUses {
  const { right, op } = match
  if ('set' in right) return looked(match, right.set)
  if ('list' in right) return listed(match, right.list)
  return listed(match, exact.includes(op) ? [right.value] : [{ from: 0, to: allBits }])
}

type Subject = Pick<Match, 'left' | 'mask'>

function listed({ left, mask }: Subject, members: readonly Match['right'][] | readonly unknown[]): RuleUses {
  const bits = typeof mask === 'number' ? mask : allBits
  const uses = left.flatMap((selector, at) => {
    const of = owners[selector]
    if (of === undefined) return []
    const value = members.reduce((sum: number, member) => sum | bitsOf(Array.isArray(member) ? member[at] : member), 0)
    return [compared(of, bits, value)]
  })
  return { uses }
}

/** The bits that a value may have, a number or a range. */
function bitsOf(part: unknown): number {
  if (typeof part === 'number') return part
  const to = typeof part === 'object' && part !== null && 'to' in part ? (part as Range).to : allBits
  return bitsUpTo(typeof to === 'number' ? to : allBits)
}

/** What is in a set that has a name changes. */
function looked({ left }: Subject, set: string): RuleUses {
  const mark = left.find((selector) => selector in owners)
  return mark === undefined ? none : { uses: [], unread: `which marks are in the set ${set}` }
}

/** A value that a map has: every one of it may be. */
function mappedUses(target: string, lookup: ValueLookup): RuleUses {
  const { map } = lookup
  const keys =
    'map' in map
      ? looked(lookup, map.map)
      : listed(
          lookup,
          map.entries.map(([key]) => key),
        )
  const of = owners[target]
  if (of === undefined) return keys
  if ('map' in map) return { ...keys, unread: `which marks are in the map ${map.map}` }
  const values = map.entries.reduce((sum, [, value]) => sum | bitsOf(value), 0)
  return { ...keys, uses: [...keys.uses, changed(of, allBits, values)] }
}

function assignUses(
  target: string,
  value: Exclude<Assign['value'], { readonly lookup: ValueLookup }>,
): readonly MarkUse[] {
  const read = 'from' in value ? owners[value.from] : undefined
  const { and = allBits, xor = 0 } = 'from' in value ? value : {}
  // A mark that is copied is read as well: the bits that are taken over.
  const taken =
    read === undefined || target === `${read === 'packet' ? 'meta' : 'ct'} mark` ? [] : [compared(read, and, allBits)]
  const of = owners[target]
  if (of === undefined) return taken
  if ('value' in value) return [changed(of, allBits, Number(value.value))]
  if (owners[value.from] === of) return [changed(of, ~and, xor)]
  return of === 'packet' && read === 'connection' ? taken : [...taken, changed(of, allBits, and | xor)]
}
