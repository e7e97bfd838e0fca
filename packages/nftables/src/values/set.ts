import { check } from '@nfkit/netlink-transport'
import type { DatatypeName } from '../datatype/datatype.ts'
import type { Member } from '../datatype/value.ts'
import { type Element, type ElementOptions, element } from './element.ts'
import type { TableName } from './identity.ts'
import { type ElementFits, type ElementKey, type KeyOption, SetData, type SetOptions, setOptionNames } from './keyed.ts'

/** A set of values to look up in. Frozen data. */
export class NamedSet<
  K extends readonly DatatypeName[] = readonly DatatypeName[],
  I extends boolean = boolean,
> extends SetData<K, I> {
  readonly kind = 'set'

  /** As `table.set` makes it. */
  constructor(table: TableName, name: string, options: SetOptions<KeyOption, I>) {
    super(table, name, check.options('set', options, setOptionNames), 'set')
    Object.freeze(this)
  }

  /**
   * An element of the set, to be added or deleted. Throws `EncodeError` for a value the set cannot have.
   *
   * @example
   * import { ipv4Address, service, table } from '@nfkit/nftables'
   *
   * const fw = table('inet', 'fw')
   * const blocked = fw.set('blocked', { key: ipv4Address, interval: true, timeouts: true })
   * const served = fw.set('served', { key: [ipv4Address, service] })
   * console.log(blocked.element('192.0.2.0/24', { timeoutSeconds: 60 }).key) // 192.0.2.0/24
   * console.log(served.element(['192.0.2.7', 443]).key) // [ '192.0.2.7', 443 ]
   */
  element<const V extends ElementKey<K, I>>(key: V & ElementFits<K, I, V>, options: ElementOptions = {}): Element {
    return element(this, key as Member, undefined, options)
  }
}
