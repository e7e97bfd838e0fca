import type { Clause } from '../../statements/statement.ts'
import { chainOf, clauseOf, expressionOf, mapOrSet, type Row, referenceOf } from './row.ts'

const translations: readonly Clause['kind'][] = ['snat', 'dnat', 'masquerade', 'redirect']

/** Of rules, and of all that is not told apart. */
export const ruleRows: readonly Row[] = [
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
