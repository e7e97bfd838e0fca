import type { Part } from '../operation.ts'
import { containerOf, keyOf, nameOf, type Row, typeOf } from './row.ts'

const sets: readonly Part['kind'][] = ['set', 'map']

/** Of sets, objects and elements. */
export const containerRows: readonly Row[] = [
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
]
