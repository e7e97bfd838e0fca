import { type Match, presence, type Subject, typesOf } from '../conditions/match.ts'
import { selectorOf } from '../conditions/selector.ts'
import { datatypes } from '../datatype/datatype.ts'
import type { Value } from '../datatype/value.ts'
import { printInterval, printMember, printValue } from './value.ts'

/** What is looked at, in nft's words. */
export function printSubject({ left, mask }: Subject): string {
  const names = left.join(' . ')
  return mask === undefined ? names : `${names} & ${printBits(left[0]!, mask)}`
}

/** A mask: words of bits are a sum in parentheses. */
function printBits(name: string, mask: Value): string {
  const { type } = selectorOf(name)
  if (typeof mask !== 'string' || datatypes[type].shape !== 'bits') return printValue(type, mask)
  return `(${mask.split(',').join(' | ')})`
}

/** A condition in nft's language. */
export function printCondition({ left, mask, op, right }: Match): string {
  const about = printSubject({ left, ...(mask === undefined ? {} : { mask }) })
  const not = op === '!=' ? '!= ' : ''
  if ('set' in right) return `${about} ${not}@${right.set}`
  const types = typesOf({ left })
  if ('list' in right) return `${about} ${not}{ ${right.list.map((member) => printMember(types, member)).join(', ')} }`
  const [type] = types as [(typeof types)[number]]
  const selector = selectorOf(left[0]!)
  const present = typeof right.value === 'string' && presence(selector, right.value) !== undefined
  const { shape } = datatypes[type]
  // Without an operator bits are asked whether some of them are set; with one, all bits are compared with their sum.
  const isSum = shape === 'bits' && (op === '==' || op === '!=') && typeof right.value === 'string'
  const written = present || isSum ? String(right.value).replaceAll(',', ' | ') : printInterval(type, right.value)
  switch (op) {
    case 'any':
      return `${about} ${written}`
    case 'none':
      return `${about} ! ${written}`
    case '==':
      return mask !== undefined || shape === 'bits' ? `${about} == ${written}` : `${about} ${written}`
    default:
      return `${about} ${op} ${written}`
  }
}
