import { view } from '@nfkit/inet/bytes'
import { align, typeMask, u16 } from '../wire/bytes.ts'
import { DecodeError } from '../wire/errors.ts'
import { decode, read } from './decode.ts'
import type { Attr, Table, Type, UnknownAttr } from './shape.ts'
import { chosen } from './type.ts'

/**
 * A window onto one run of attributes: the lazy way to read. It holds only its bounds, so making one is free, and `get` walks
 * the run. When an attribute comes twice the last one counts, as in the kernel's own parser (`nla_parse`, lib/nlattr.c).
 *
 * Every method throws `DecodeError` for an impossible length.
 *
 * @example
 * import { Attrs, encodeAttrs } from '@nfkit/netlink-codec'
 * import { conntrack } from '@nfkit/netlink-codec/conntrack'
 *
 * const attrs = new Attrs(encodeAttrs(conntrack, { mark: 7 }))
 * console.log(attrs.get(conntrack.rows.mark), attrs.get(conntrack.rows.timeout)) // 7 undefined
 */
export class Attrs {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes
    this.start = start
    this.end = end
  }

  /** The value of one row of the table this run follows, or `undefined` when it is absent. */
  get<T>(attr: Attr<T>): T | undefined {
    const p = this.find(attr.id, attr.type.size)
    return p < 0 ? undefined : this.valueAt(p, attr)
  }

  /** @internal The same of an attribute whose header is known to be at `p`, with no other of its id behind. */
  valueAt<T>(p: number, attr: Attr<T>): T | undefined {
    const size = u16(this.bytes, p) - 4
    if (p + 4 + size > this.end) throw new DecodeError('attribute', p, `length ${size + 4} does not fit`)
    if (size < attr.type.size)
      throw new DecodeError(`attribute ${attr.id}`, p, `${size} bytes, expected ${attr.type.size}`)
    if (attr.type.choice === undefined) return read(attr.type, this.bytes, p + 4, size, 1) as T
    const table = this.tableOf(attr.type)
    return table && (decode(table, this.bytes, p + 4, p + 4 + size) as T)
  }

  /** The same for a nest: a window onto its attributes instead of a decoded object. */
  nest(attr: Attr<unknown>): Attrs | undefined {
    const p = this.find(attr.id)
    return p < 0 ? undefined : new Attrs(this.bytes, p + 4, p + u16(this.bytes, p))
  }

  /** The table that a nest or list of this type follows in this run: a neighbour may choose it. `undefined` for anything else. */
  tableOf(type: Type<unknown>): Table | undefined {
    const { table, choice } = type
    return choice === undefined ? table : chosen(type, { [choice.by]: this.get(choice.row) })
  }

  /** Whether the attribute is there, with a payload its type can have, and a table where a neighbour must choose one. */
  has(attr: Attr<unknown>): boolean {
    const { type } = attr
    return this.find(attr.id, type.size) >= 0 && (type.choice === undefined || this.tableOf(type) !== undefined)
  }

  /**
   * Where the attribute's header is, or -1. Its payload starts four bytes later. An empty one whose type has a `size` is padding, as
   * `decode` has it.
   */
  find(id: number, size = 0): number {
    const { bytes, end } = this
    let found = -1
    let p = this.start
    while (p + 4 <= end) {
      const length = u16(bytes, p)
      if (length < 4 || p + length > end) throw new DecodeError('attribute', p, `length ${length} does not fit`)
      if ((u16(bytes, p + 2) & typeMask) === id && (length > 4 || size === 0)) found = p
      p += align(length)
    }
    return found
  }

  /** Every attribute in order, known or not. */
  *list(): IterableIterator<UnknownAttr> {
    const { bytes, end } = this
    for (let p = this.start; p + 4 <= end; p += align(u16(bytes, p))) {
      const length = u16(bytes, p)
      if (length < 4 || p + length > end) throw new DecodeError('attribute', p, `length ${length} does not fit`)
      yield { id: u16(bytes, p + 2) & typeMask, bytes: view(bytes, p + 4, p + length) }
    }
  }
}
