import { EncodeError } from '@nfkit/netlink-codec'
import { check } from '@nfkit/netlink-transport'
import { kindOf } from '../datatype/bytes.ts'
import { canonical } from '../datatype/canonical.ts'
import { type DatatypeName, datatypes } from '../datatype/datatype.ts'
import { isRange, type Member, type Value, type ValueOf } from '../datatype/value.ts'
import { isVerdict, type Verdict } from '../statements/verdict.ts'
import { type Element, type ElementOptions, element } from './element.ts'
import type { TableName } from './identity.ts'
import { type ElementFits, type ElementKey, type KeyOption, SetData, type SetOptions, setOptionNames } from './keyed.ts'

/** What keys of a map lead to: verdicts, or values of a type. */
export type MapValue = DatatypeName | 'verdict'

/** Options of a map. */
export interface MapOptions<K extends KeyOption = KeyOption, D extends MapValue = MapValue, I extends boolean = boolean>
  extends SetOptions<K, I> {
  /** What keys lead to: verdicts, or values of a type. */
  readonly value: D
}

/** A map from values to verdicts, which rules look up with `vmap`, or to other values. Frozen data. */
export class NamedMap<
  K extends readonly DatatypeName[] = readonly DatatypeName[],
  D extends MapValue = MapValue,
  I extends boolean = boolean,
> extends SetData<K, I> {
  readonly kind = 'map'
  readonly value: D

  /** As `table.map` makes it. */
  constructor(table: TableName, name: string, options: MapOptions<KeyOption, D, I>) {
    super(table, name, check.options('map', options, { ...setOptionNames, value: true }), 'map')
    this.value = check.word('value', options.value, { ...datatypes, verdict: true }) as D
    Object.freeze(this)
  }

  /** An element of the map: what a key leads to. Throws `EncodeError` for what the map cannot have. */
  element<const V extends ElementKey<K, I>>(
    key: V & ElementFits<K, I, V>,
    value: D extends DatatypeName ? ValueOf<D> : Verdict,
    options: ElementOptions = {},
  ): Element {
    return element(this, key as Member, this.#valueFrom(value), options)
  }

  #valueFrom(value: Value | Verdict): Value | Verdict {
    const where = `map ${this.name}`
    const type: MapValue = this.value
    if (type === 'verdict') {
      if (typeof value === 'object' && isVerdict(value)) return value
      throw new EncodeError(where, 'its values are verdicts: accept(), drop(), jump(chain)')
    }
    const data = canonical(kindOf(type), value as Value, where)
    if (isRange(data)) throw new EncodeError(where, 'a key leads to one value')
    return data
  }
}
