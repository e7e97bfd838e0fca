import {
  type Counter,
  counter,
  type Limit,
  type LimitOptions,
  limit,
  type Quota,
  type QuotaOptions,
  quota,
} from '../statements/meter.ts'
import { assertName } from '../statements/name.ts'
import { type Placed, placeIn, type TableName } from './identity.ts'

/** What objects of a table have in common. */
interface Named extends Placed {
  readonly kind: 'object'
  readonly name: string
}

/** A counter that several rules share: `counter(object)` uses it. */
export interface NamedCounter extends Named {
  readonly type: 'counter'
  readonly state: Counter
}

/** A quota that several rules share: `objectUse('quota', object)` uses it. */
export interface NamedQuota extends Named {
  readonly type: 'quota'
  readonly state: Quota
}

/** A limit that several rules share: `objectUse('limit', object)` uses it. */
export interface NamedLimit extends Named {
  readonly type: 'limit'
  readonly state: Limit
}

/** An object of a table, which rules use by its name. Frozen data. */
export type NamedObject = NamedCounter | NamedQuota | NamedLimit

/** Returns a counter of the table. */
export const namedCounter = (table: TableName, name: string): NamedCounter =>
  Object.freeze({
    kind: 'object',
    ...placeIn(table),
    name: assertName('counter', name),
    type: 'counter',
    state: counter() as Counter,
  })

/** Returns a quota of the table. */
export const namedQuota = (table: TableName, name: string, bytes: bigint | number, options: QuotaOptions): NamedQuota =>
  Object.freeze({
    kind: 'object',
    ...placeIn(table),
    name: assertName('quota', name),
    type: 'quota',
    state: quota(bytes, options),
  })

/** Returns a limit of the table. */
export const namedLimit = (table: TableName, name: string, rate: number, options: LimitOptions): NamedLimit =>
  Object.freeze({
    kind: 'object',
    ...placeIn(table),
    name: assertName('limit', name),
    type: 'limit',
    state: limit(rate, options),
  })
