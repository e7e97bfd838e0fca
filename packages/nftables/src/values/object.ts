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
import { type CtHelper, type CtHelperOptions, ctHelper } from './helper.ts'
import { type Placed, placeIn, type TableName } from './identity.ts'

/** An object of a table: what it is, and what it does and has counted. */
export interface ObjectOf<State extends { readonly kind: string }> extends Placed {
  /** Tells it from other parts of a table. */
  readonly kind: 'object'
  /** The name that rules use. */
  readonly name: string
  /** What it is. */
  readonly type: State['kind']
  /** What it does, and what it has counted. */
  readonly state: State
}

/** A counter that several rules share: `counter(object)` uses it. */
export type NamedCounter = ObjectOf<Counter>
/** A quota that several rules share: `objectUse('quota', object)` uses it. */
export type NamedQuota = ObjectOf<Quota>
/** A limit that several rules share: `objectUse('limit', object)` uses it. */
export type NamedLimit = ObjectOf<Limit>
/** A helper of connection tracking: `objectUse('ctHelper', object)` gives it to connections. */
export type NamedHelper = ObjectOf<CtHelper>

/** An object of a table, which rules use by its name. Frozen data. */
export type NamedObject = NamedCounter | NamedQuota | NamedLimit | NamedHelper

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

/** Returns a helper of the table. */
export const namedHelper = (table: TableName, name: string, options: CtHelperOptions): NamedHelper =>
  Object.freeze({
    kind: 'object',
    ...placeIn(table),
    name: assertName('ctHelper', name),
    type: 'ctHelper',
    state: ctHelper(table.family, options),
  })
