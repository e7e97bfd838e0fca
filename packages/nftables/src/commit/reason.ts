import type { Expression } from '@nfkit/netlink-codec/nftables'
import type { NetlinkError } from '@nfkit/netlink-transport'
import type { Clause } from '../statements/statement.ts'
import type { Operation, Part } from './operation.ts'

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
interface Row {
  readonly code: string | readonly string[]
  readonly kind?: Part['kind'] | readonly Part['kind'][]
  readonly making?: boolean
  readonly expression?: string | readonly string[]
  readonly attribute?: RegExp
  /** Statements of which a rule has one: of what is checked at the hooks that lead to it, the kernel does not say the place. */
  readonly clause?: readonly Clause['kind'][]
  readonly says: string | ((refused: Refused) => string)
}

const inTable: readonly Part['kind'][] = ['chain', 'set', 'map', 'object', 'rule', 'element']
const sets: readonly Part['kind'][] = ['set', 'map']
const translations: readonly Clause['kind'][] = ['snat', 'dnat', 'masquerade', 'redirect']

const rows: readonly Row[] = [
  {
    code: 'EPERM',
    attribute: /_TABLE$|^NFTA_TABLE_NAME$/,
    says: (r) => `table "${tableOf(r)}" belongs to another socket: changes go through the one that made it`,
  },
  {
    code: 'EPERM',
    kind: 'table',
    says: (r) => `table "${tableOf(r)}" belongs to another socket, or its flags cannot change so`,
  },
  {
    code: 'ENOENT',
    kind: inTable,
    attribute: /_TABLE$/,
    says: (r) => `table "${tableOf(r)}" does not exist: add it first`,
  },

  { code: 'EEXIST', kind: 'table', says: (r) => `table "${tableOf(r)}" exists: add it in place of creating it` },
  { code: 'ENOENT', kind: 'table', says: (r) => `table "${tableOf(r)}" does not exist` },
  {
    code: 'EOPNOTSUPP',
    kind: 'table',
    says: 'these flags cannot change: whether a table has an owner and outlives it is settled when it is made; an owner needs Linux 5.12, persist 6.9',
  },
  {
    code: 'EINVAL',
    kind: 'table',
    says: 'this kernel does not know the table’s flags (an owner needs Linux 5.12, persist 6.9), or the table is put to sleep together with a new base chain',
  },

  {
    code: 'EEXIST',
    kind: 'chain',
    says: (r) =>
      `chain "${nameOf(r)}" exists, of another type, hook or priority, or it was to be created anew: these cannot change, so delete it first`,
  },
  {
    code: 'ENOENT',
    kind: 'chain',
    attribute: /_TYPE$/,
    says: 'this kernel has no chains of this type in this family: its module is not there',
  },
  { code: 'ENOENT', kind: 'chain', says: (r) => `chain "${nameOf(r)}" does not exist` },
  { code: 'EBUSY', kind: 'chain', says: (r) => `chain "${nameOf(r)}" is in use: a rule or a map jumps to it` },
  {
    code: 'EOPNOTSUPP',
    kind: 'chain',
    making: true,
    says: 'a base chain cannot have another hook or priority than it has, and a chain without a hook cannot get one; of the type nat it needs a priority above -200, of the type route the hook output, and the hook must be one of the family',
  },
  {
    code: 'EINVAL',
    kind: 'chain',
    says: 'the device, the hook or the priority cannot be, or the table is put to sleep in the same batch',
  },
  { code: 'ENODEV', kind: 'chain', says: 'there is no such device' },

  {
    code: 'EEXIST',
    kind: sets,
    says: (r) =>
      `${r.operation.part.kind} "${nameOf(r)}" exists with another key or other flags, or it was to be created anew`,
  },
  { code: 'ENOENT', kind: sets, says: (r) => `${r.operation.part.kind} "${nameOf(r)}" does not exist` },
  { code: 'EBUSY', kind: sets, says: (r) => `${r.operation.part.kind} "${nameOf(r)}" is in use by a rule` },
  { code: 'EOPNOTSUPP', kind: sets, says: 'this kernel has no set with these flags together' },
  { code: 'EINVAL', kind: sets, says: 'the key, the flags or the size of the set cannot be' },

  {
    code: 'EEXIST',
    kind: 'object',
    says: (r) => `an object "${nameOf(r)}" of this type exists: add it in place of creating it`,
  },
  { code: 'ENOENT', kind: 'object', making: false, says: (r) => `there is no ${typeOf(r)} "${nameOf(r)}"` },
  { code: 'ENOENT', kind: 'object', says: (r) => `this kernel has no objects of the type ${typeOf(r)}` },
  { code: 'EBUSY', kind: 'object', says: (r) => `${typeOf(r)} "${nameOf(r)}" is in use by a rule` },

  {
    code: 'EEXIST',
    kind: 'element',
    says: (r) => `${keyOf(r)} is there with another value, overlaps a range that is there, or was to be created anew`,
  },
  { code: 'ENOENT', kind: 'element', attribute: /_SET$/, says: (r) => `${containerOf(r)} does not exist` },
  {
    code: 'ENOENT',
    kind: 'element',
    making: true,
    says: (r) => `${containerOf(r)} does not exist, or the verdict leads to a chain that does not`,
  },
  {
    code: 'ENOENT',
    kind: 'element',
    says: (r) => `${keyOf(r)} is not there: its time may have passed; \`destroy\` takes away what is there`,
  },
  { code: 'ENFILE', kind: 'element', says: (r) => `${containerOf(r)} is full` },
  {
    code: 'EBUSY',
    kind: 'element',
    says: (r) => `${containerOf(r)} is constant and in use: its elements cannot change`,
  },
  { code: 'ERANGE', kind: 'element', says: (r) => `a value of ${keyOf(r)} is too large` },
  {
    code: 'EMLINK',
    kind: ['element', 'rule'],
    says: 'chains would lead to one another in a circle, or more than 15 deep',
  },
  {
    code: 'EOPNOTSUPP',
    kind: 'element',
    says: (r) => `${containerOf(r)} does not take elements of this kind, or the verdict leads to a base chain`,
  },
  {
    code: 'EINVAL',
    kind: 'element',
    says: (r) => `${containerOf(r)} does not take ${keyOf(r)}: its key, value or timeout is another`,
  },

  {
    code: 'ENOENT',
    kind: 'rule',
    expression: ['lookup', 'dynset'],
    says: (r) => `${expressionOf(r)}: ${mapOrSet(r)} "${referenceOf(r)}" does not exist`,
  },
  {
    code: 'ENOENT',
    kind: 'rule',
    expression: 'immediate',
    says: (r) => `immediate: chain "${referenceOf(r)}" does not exist`,
  },
  { code: 'ENOENT', kind: 'rule', expression: 'objref', says: (r) => `objref: there is no ${referenceOf(r)}` },
  {
    code: 'ENOENT',
    kind: 'rule',
    attribute: /_CHAIN$/,
    says: (r) => `chain "${chainOf(r)}" does not exist: add it first`,
  },
  {
    code: 'ENOENT',
    kind: 'rule',
    attribute: /_(HANDLE|POSITION|POSITION_ID)$/,
    says: 'there is no rule with this handle in the chain',
  },
  {
    code: 'ENOENT',
    kind: 'rule',
    expression: [
      'queue',
      'target',
      'match',
      'log',
      'nat',
      'masq',
      'redir',
      'fib',
      'ct',
      'reject',
      'limit',
      'quota',
      'notrack',
      'counter',
    ],
    says: (r) => `${expressionOf(r)}: this kernel was built without it, or has it not in this family`,
  },
  {
    code: 'EOPNOTSUPP',
    kind: 'rule',
    clause: ['reject'],
    says: 'reject: packets cannot be rejected in this family or at the hooks that lead here: at input, forward, output and prerouting they can',
  },
  {
    code: 'EOPNOTSUPP',
    kind: 'rule',
    expression: 'immediate',
    says: (r) => `immediate: "${referenceOf(r)}" is a base chain, to which no rule jumps`,
  },
  {
    code: ['EOPNOTSUPP', 'EINVAL'],
    kind: 'rule',
    clause: translations,
    says: (r) =>
      `${clauseOf(r, translations)}: addresses are translated only in base chains of the type nat, and chains these lead to: dnat and redirect at prerouting and output, snat at postrouting and input, masquerade at postrouting`,
  },
  {
    code: 'EOPNOTSUPP',
    kind: 'rule',
    expression: 'dynset',
    says: (r) =>
      `dynset: rules cannot change set "${referenceOf(r)}": make it with \`timeouts: true\` or \`dynamic: true\``,
  },
  {
    code: 'EOPNOTSUPP',
    kind: 'rule',
    expression: ['meta', 'ct', 'fib', 'payload', 'queue', 'target', 'log'],
    says: (r) => `${expressionOf(r)}: this is not possible in this family or at the hooks that lead here`,
  },
  {
    code: ['EINVAL', 'ENODATA'],
    kind: 'rule',
    expression: 'lookup',
    says: (r) =>
      `lookup: "${referenceOf(r)}" has a key of another length, or is ${mapOrSet(r) === 'set' ? 'a map' : 'no map'}`,
  },
  { code: 'EINVAL', kind: 'rule', expression: 'reject', says: 'reject: this family has no such answer' },
  { code: 'EBUSY', kind: 'rule', expression: 'dynset', says: (r) => `dynset: set "${referenceOf(r)}" is constant` },
  { code: 'ENODATA', kind: 'rule', says: 'a step reads a register that no step before it has written' },
  { code: 'EFBIG', kind: 'rule', says: 'the rule is too large: split it with a jump' },
  { code: 'EMFILE', says: 'there are too many references to it' },
  { code: 'ENOMEM', says: 'the kernel is out of memory' },
]

/** Returns why the kernel refused: a sentence about the object it is about, else what the errno means by itself. */
export function reasonOf(refused: Refused): string {
  const row = rows.find((row) => fits(row, refused))
  if (row === undefined) {
    const { expression, error } = refused
    const said = [error.attribute, error.detail].filter((part) => part !== undefined).join(': ')
    return `${expression === undefined ? '' : `${expression.name}: `}${error.code}${said ? ` (${said})` : ''}: the kernel does not say why`
  }
  return typeof row.says === 'string' ? row.says : row.says(refused)
}

function fits(row: Row, refused: Refused): boolean {
  const { operation, expression, attribute, error } = refused
  const isOne = (of: string | readonly string[] | undefined, is: string | undefined) =>
    of === undefined || (is !== undefined && (typeof of === 'string' ? of === is : of.includes(is)))
  const isMaking = !['delete', 'destroy', 'flush'].includes(operation.verb)
  return (
    isOne(row.code, error.code) &&
    isOne(row.kind, operation.part.kind) &&
    isOne(row.expression, expression?.name) &&
    (row.making === undefined || row.making === isMaking) &&
    (row.clause === undefined || clauseOf(refused, row.clause) !== undefined) &&
    (row.attribute === undefined || (attribute !== undefined && row.attribute.test(attribute)))
  )
}

function tableOf({ operation: { part } }: Refused): string {
  if (part.kind === 'table') return part.name
  return part.kind === 'element' ? part.set.table : part.table
}

const nameOf = ({ operation: { part } }: Refused): string => ('name' in part ? part.name : '')
const typeOf = ({ operation: { part } }: Refused): string => ('type' in part ? part.type : 'object')
const chainOf = ({ operation: { part } }: Refused): string => (part.kind === 'rule' ? part.chain : '')
const expressionOf = ({ expression }: Refused): string => expression?.name ?? ''

function containerOf({ operation: { part } }: Refused): string {
  return part.kind === 'element' ? `${part.set.kind} "${part.set.name}"` : 'the set'
}

function keyOf({ operation: { part } }: Refused): string {
  if (part.kind !== 'element') return 'the element'
  const text = (one: unknown) =>
    typeof one === 'object' && one !== null && 'from' in one && 'to' in one ? `${one.from}-${one.to}` : String(one)
  return Array.isArray(part.key) ? part.key.map(text).join(' . ') : text(part.key)
}

/** The first of these statements that the kernel blames or, where it blames none, that the rule has. */
function clauseOf({ operation: { part }, clause }: Refused, kinds: readonly Clause['kind'][]): string | undefined {
  if (part.kind !== 'rule') return undefined
  return (clause === undefined ? part.body : [clause]).find(({ kind }) => kinds.includes(kind))?.kind
}

/** The name an expression refers to. */
function referenceOf({ expression }: Refused): string {
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

const mapOrSet = ({ expression }: Refused): string =>
  expression?.name === 'lookup' && expression.data?.dreg !== undefined ? 'map' : 'set'
