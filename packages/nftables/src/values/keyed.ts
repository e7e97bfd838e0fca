import { EncodeError } from '@nfkit/netlink-codec'
import { check } from '@nfkit/netlink-transport'
import { type Datatype, type DatatypeName, datatypes } from '../datatype/datatype.ts'
import type { Fits, FitsOne, IntervalOf, ValueOf } from '../datatype/value.ts'
import { milliseconds } from '../statements/dynamic.ts'
import { assertName } from '../statements/name.ts'
import type { Family } from './hook.ts'
import { assertComment, type Placed, placeIn, type TableName } from './identity.ts'

/** The key of a set: a type, or several for a set of concatenations. */
export type KeyOption = DatatypeName | readonly [DatatypeName, ...DatatypeName[]]

/** The types of a key, as a list. */
export type KeyOf<K extends KeyOption> = K extends DatatypeName
  ? readonly [K]
  : K extends readonly DatatypeName[]
    ? K
    : never

/** Options of a set. */
export interface SetOptions<K extends KeyOption = KeyOption, I extends boolean = boolean> {
  /** The type of its elements, or the types of their parts. */
  readonly key: K
  /** Elements may be networks and ranges, not values alone; false by default. The kernel refuses those that overlap. */
  readonly interval?: I | undefined
  /** Elements may live for a time; false by default. */
  readonly timeouts?: boolean | undefined
  /** How long elements live that do not say, in seconds; for ever by default. */
  readonly timeoutSeconds?: number | undefined
  /** How many elements there may be; any number by default. */
  readonly size?: number | undefined
  /** Rules add elements that have statements of their own; false by default. */
  readonly dynamic?: boolean | undefined
  /** No element is added or taken away once a rule uses it; false by default. */
  readonly constant?: boolean | undefined
  /** What nft shows beside it. */
  readonly comment?: string | undefined
}

/** What an element's key may be, for the compiler: of a set without intervals, single values. */
export type ElementKey<K extends readonly DatatypeName[], I extends boolean> = K extends readonly [
  infer T extends DatatypeName,
]
  ? I extends true
    ? IntervalOf<T>
    : ValueOf<T>
  : { readonly [N in keyof K]: I extends true ? IntervalOf<K[N]> : ValueOf<K[N]> }

/** `unknown`, or `never` where a literal cannot be meant: a network in a set without intervals, an address of the other family. */
export type ElementFits<K extends readonly DatatypeName[], I extends boolean, V> = K extends readonly [
  infer T extends DatatypeName,
]
  ? I extends true
    ? Fits<T, V>
    : FitsOne<T, V>
  : { readonly [N in keyof K]: N extends keyof V ? (I extends true ? Fits<K[N], V[N]> : FitsOne<K[N], V[N]>) : unknown }

/** What sets and maps have in common. */
export abstract class SetData<K extends readonly DatatypeName[] = readonly DatatypeName[], I extends boolean = boolean>
  implements Placed
{
  /** The family of its table. */
  readonly family: Family
  /** The name of its table. */
  readonly table: string
  /** Its name. */
  readonly name: string
  /** The types of its elements’ parts. */
  readonly key: K
  /** Whether elements may be networks and ranges. */
  readonly interval: I
  /** Whether elements may live for a time. */
  readonly timeouts: boolean
  /** How long elements live that do not say. */
  declare readonly timeoutMilliseconds?: number
  /** How many elements there may be. */
  declare readonly size?: number
  /** Whether rules add elements that have statements of their own. */
  readonly dynamic: boolean
  /** Whether its elements stay as they are once a rule uses it. */
  readonly constant: boolean
  /** What nft shows beside it. */
  declare readonly comment?: string

  /** Throws `RangeError`, `TypeError` and `EncodeError` for what cannot be. */
  protected constructor(table: TableName, name: string, options: SetOptions<KeyOption, I>, kind: 'set' | 'map') {
    const {
      interval = false as I,
      timeoutSeconds,
      timeouts = timeoutSeconds !== undefined,
      size,
      dynamic = false,
      constant = false,
      comment,
    } = options
    const where = `${kind} ${assertName(kind, name)}`
    if (timeoutSeconds !== undefined && !timeouts)
      throw new EncodeError(where, 'its elements have a timeout, and `timeouts` is false')
    if (constant && (timeouts || dynamic))
      throw new EncodeError(where, 'what is constant has neither timeouts nor elements that rules add')
    if (comment !== undefined) assertComment(comment)
    const { family, table: tableName } = placeIn(table)
    this.family = family
    this.table = tableName
    this.name = name
    this.key = keyOf(options.key, where) as unknown as K
    this.interval = check.flag('interval', interval) as I
    this.timeouts = check.flag('timeouts', timeouts)
    if (timeoutSeconds !== undefined) this.timeoutMilliseconds = milliseconds(timeoutSeconds)
    if (size !== undefined) this.size = check.whole('size', size, 1, 0xffff_ffff)
    this.dynamic = check.flag('dynamic', dynamic)
    this.constant = check.flag('constant', constant)
    if (comment !== undefined) this.comment = comment
  }
}

/** The names of the options of a set. */
export const setOptionNames: { readonly [N in keyof Required<SetOptions>]: true } = {
  key: true,
  interval: true,
  timeouts: true,
  timeoutSeconds: true,
  size: true,
  dynamic: true,
  constant: true,
  comment: true,
}

/** A key takes at most 64 bytes, each part padded to four (NFT_DATA_VALUE_MAXLEN). */
function keyOf(key: KeyOption, where: string): readonly DatatypeName[] {
  const list: readonly DatatypeName[] = typeof key === 'string' ? [key] : key
  if (!Array.isArray(list) || list.length === 0)
    throw new EncodeError(where, 'it has no key: name the type of its elements')
  let size = 0
  for (const type of list) {
    const { length }: Datatype = datatypes[check.word('key', type, datatypes)]
    if (length === 0) throw new EncodeError(where, `values of the type ${type} have no length of their own`)
    size += (length + 3) & ~3
  }
  if (size > 64) throw new EncodeError(where, `its key has ${size} bytes, and the kernel takes 64`)
  return Object.freeze([...list])
}
