import type { Expression } from '@nfkit/netlink-codec/nftables'
import type { NetlinkError } from '@nfkit/netlink-transport'
import type { Clause } from '../../statements/statement.ts'
import type { Operation, Part } from '../operation.ts'

/** What is known of a refusal. */
export interface Refused {
  readonly operation: Operation
  readonly clause: Clause | undefined
  readonly expression: Expression | undefined
  /** The kernel's name of the attribute it blames. */
  readonly attribute: string | undefined
  readonly error: NetlinkError
}

/** What a refusal means, where all that a row names is so. The first row that fits is taken. */
export interface Row {
  readonly code: string | readonly string[]
  readonly kind?: Part['kind'] | readonly Part['kind'][]
  readonly making?: boolean
  readonly expression?: string | readonly string[]
  readonly attribute?: RegExp
  /** Statements of which a rule has one: of what is checked at the hooks that lead to it, the kernel does not say the place. */
  readonly clause?: readonly Clause['kind'][]
  readonly says: string | ((refused: Refused) => string)
}

/** The table it is about. */
export function tableOf({ operation: { part } }: Refused): string {
  if (part.kind === 'table') return part.name
  return part.kind === 'element' ? part.set.table : part.table
}

/** The name of the chain, set or object. */
export const nameOf = ({ operation: { part } }: Refused): string => ('name' in part ? part.name : '')
/** What the object is. */
export const typeOf = ({ operation: { part } }: Refused): string => ('type' in part ? part.type : 'object')
/** The chain of the rule. */
export const chainOf = ({ operation: { part } }: Refused): string => (part.kind === 'rule' ? part.chain : '')
/** The expression the kernel blames. */
export const expressionOf = ({ expression }: Refused): string => expression?.name ?? ''

/** The set or the map of the element. */
export function containerOf({ operation: { part } }: Refused): string {
  return part.kind === 'element' ? `${part.set.kind} "${part.set.name}"` : 'the set'
}

/** The key of the element. */
export function keyOf({ operation: { part } }: Refused): string {
  if (part.kind !== 'element') return 'the element'
  const text = (one: unknown) =>
    typeof one === 'object' && one !== null && 'from' in one && 'to' in one ? `${one.from}-${one.to}` : String(one)
  return Array.isArray(part.key) ? part.key.map(text).join(' . ') : text(part.key)
}

/** The first of these statements that the kernel blames or, where it blames none, that the rule has. */
export function clauseOf(
  { operation: { part }, clause }: Refused,
  kinds: readonly Clause['kind'][],
): string | undefined {
  if (part.kind !== 'rule') return undefined
  return (clause === undefined ? part.body : [clause]).find(({ kind }) => kinds.includes(kind))?.kind
}

/** The name an expression refers to. */
export function referenceOf({ expression }: Refused): string {
  switch (expression?.name) {
    case 'lookup':
      return expression.data?.set ?? ''
    case 'dynset':
      return expression.data?.setName ?? ''
    case 'immediate':
      return expression.data?.data?.verdict?.chain ?? ''
    case 'objref':
      return `${expression.data?.immType} "${expression.data?.immName}"`
    default:
      return ''
  }
}

/** Whether the expression looks for a map or for a set. */
export const mapOrSet = ({ expression }: Refused): string =>
  expression?.name === 'lookup' && expression.data?.dreg !== undefined ? 'map' : 'set'
