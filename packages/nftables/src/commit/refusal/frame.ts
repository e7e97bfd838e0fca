import type { Part } from '../operation.ts'
import { nameOf, type Row, tableOf } from './row.ts'

const inTable: readonly Part['kind'][] = ['chain', 'set', 'map', 'object', 'rule', 'element']

/** Of tables and chains. */
export const frameRows: readonly Row[] = [
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
]
