import { EncodeError } from '@nfkit/netlink-codec'
import { check } from '@nfkit/netlink-transport'
import { kindOf } from '../datatype/bytes.ts'
import { canonical } from '../datatype/canonical.ts'
import { type DatatypeName, datatypes } from '../datatype/datatype.ts'
import { isRange, type Member, type Value, type ValueOf } from '../datatype/value.ts'
import { isVerdict, type Verdict } from '../statements/verdict.ts'
import { type Element, type ElementOptions, element } from './element.ts'
import type { Family } from './hook.ts'
import type { TableName } from './identity.ts'
import { type ElementFits, type ElementKey, type KeyOption, type SetData, type SetOptions, setData, setOptionNames } from './set.ts'

/** Options of a map. */
export interface MapOptions<K extends KeyOption = KeyOption, I extends boolean = boolean> extends SetOptions<K, I> {
  /** What keys lead to: verdicts, or values of a type. */
  readonly value: DatatypeName | 'verdict'
}

const mapOptionNames = { ...setOptionNames, value: true }

/** A map from values to verdicts: rules look it up with `vmap`. Frozen data. */
export class VerdictMap<K extends readonly DatatypeName[] = readonly DatatypeName[], I extends boolean = boolean> implements SetData<K, I> {
  readonly kind = 'map'
  readonly family!: Family
  readonly table!: string
  readonly name!: string
  readonly key!: K
  readonly interval!: I
  readonly timeouts!: boolean
  readonly timeoutMilliseconds?: number
  readonly size?: number
  readonly dynamic!: boolean
  readonly constant!: boolean
  readonly comment?: string
  readonly value = 'verdict'

  /** As `table.map` makes it. */
  constructor(table: TableName, name: string, options: MapOptions<KeyOption, I>) {
    Object.assign(this, setData<K, I>(table, name, check.options('map', options, mapOptionNames), 'map'))
    Object.freeze(this)
  }

  /** An element of the map. Throws `EncodeError` for what the map cannot have. */
  element<const V extends ElementKey<K, I>>(key: V & ElementFits<K, I, V>, verdict: Verdict, options: ElementOptions = {}): Element {
    if (!isVerdict(verdict)) throw new EncodeError(`map ${this.name}`, 'its values are verdicts: accept(), drop(), jump(chain)')
    return element(this, key as Member, verdict, options)
  }
}

/** A map from values to values of another type. Frozen data. */
export class DataMap<
  K extends readonly DatatypeName[] = readonly DatatypeName[],
  D extends DatatypeName = DatatypeName,
  I extends boolean = boolean,
> implements SetData<K, I>
{
  readonly kind = 'map'
  readonly family!: Family
  readonly table!: string
  readonly name!: string
  readonly key!: K
  readonly interval!: I
  readonly timeouts!: boolean
  readonly timeoutMilliseconds?: number
  readonly size?: number
  readonly dynamic!: boolean
  readonly constant!: boolean
  readonly comment?: string
  readonly value: D

  /** As `table.map` makes it. */
  constructor(table: TableName, name: string, options: MapOptions<KeyOption, I>, value: D) {
    Object.assign(this, setData<K, I>(table, name, check.options('map', options, mapOptionNames), 'map'))
    this.value = check.word('value', value, datatypes) as D
    Object.freeze(this)
  }

  /** An element of the map. Throws `EncodeError` for what the map cannot have. */
  element<const V extends ElementKey<K, I>>(key: V & ElementFits<K, I, V>, value: ValueOf<D>, options: ElementOptions = {}): Element {
    const where = `map ${this.name}`
    const data = canonical(kindOf(this.value), value as Value, where)
    if (isRange(data)) throw new EncodeError(where, 'a key leads to one value')
    return element(this, key as Member, data, options)
  }
}
