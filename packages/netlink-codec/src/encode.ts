import { EncodeError } from './errors.ts'
import { attrLimit, type Infer, isPad, type Table, type Type } from './schema.ts'
import * as wire from './wire.ts'

/** A growing run of bytes. Padding and the lengths of nests are its business, not its callers'. */
export class Writer {
  #bytes: Uint8Array
  #length = 0

  constructor(size = 256) {
    this.#bytes = new Uint8Array(size)
  }

  get length(): number {
    return this.#length
  }

  /** Start over, keeping the memory. */
  clear(): void {
    this.#bytes.fill(0, 0, this.#length)
    this.#length = 0
  }

  /** Room for `n` more bytes, zeroed; returns where they start. */
  reserve(n: number): number {
    const at = this.#length
    if (at + n > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bytes.length, at + n))
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#length = at + n
    return at
  }

  /** The bytes so far. The view ends with the next write. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** One attribute with a payload of `n` zeroed bytes, padded; returns where the payload starts. */
  attr(id: number, n: number, where: string): number {
    if (n > attrLimit)
      throw new EncodeError(where, `${n} bytes do not fit into one attribute, which holds ${attrLimit}`)
    const at = this.reserve(wire.align(4 + n))
    wire.putU16(this.#bytes, at, 4 + n)
    wire.putU16(this.#bytes, at + 2, id)
    return at + 4
  }

  /** Open a nest; give the result to `endNest`. */
  startNest(id: number): number {
    return this.attr(id | wire.nestedBit, 0, 'nest') - 4
  }

  endNest(at: number, where: string): void {
    const length = this.#length - at
    if (length > attrLimit + 4) throw new EncodeError(where, `${length - 4} bytes do not fit into one attribute`)
    wire.putU16(this.#bytes, at, length)
  }
}

/**
 * Append the attributes of `value` in the order of its keys; `undefined` means absent. Throws `EncodeError` for a number out of
 * range, bytes of a wrong length, or a key the table does not have.
 */
export function encode<T extends Table>(writer: Writer, table: T, value: Infer<T>): void {
  encodeRun(writer, table, value as Record<string, unknown>)
}

/** The same into fresh bytes. */
export function encodeAttrs<T extends Table>(table: T, value: Infer<T>): Uint8Array {
  const writer = new Writer()
  encode(writer, table, value)
  return writer.bytes.slice()
}

function encodeRun(writer: Writer, table: Table, value: Record<string, unknown>): void {
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue
    const row = Object.hasOwn(table.rows, key) ? table.rows[key] : undefined
    if (row !== undefined) {
      put(writer, row.id, row.type, item, table.byId[row.id]!.name)
    } else if (key === 'unknown') {
      for (const extra of item as { id: number; bytes: Uint8Array }[]) {
        const at = writer.attr(extra.id, extra.bytes.length, `${table.name} attribute ${extra.id}`)
        writer.bytes.set(extra.bytes, at)
      }
    } else {
      throw new EncodeError(table.name, `there is no attribute "${key}"`)
    }
  }
}

function put(writer: Writer, id: number, type: Type<unknown>, value: unknown, where: string): void {
  if (type.kind === 'nest') {
    const at = writer.startNest(id)
    encodeRun(writer, type.table!, value as Record<string, unknown>)
    writer.endNest(at, where)
    return
  }
  const payload = type.kind === 'text' ? terminated(value as string, where) : value
  const size = payload instanceof Uint8Array ? payload.length : type.size
  if (size < type.size || size > type.limit) throw new EncodeError(where, `${size} bytes, expected ${range(type)}`)
  const at = writer.attr(id, size, where)
  write(writer.bytes, at, type, payload, where)
}

const range = ({ size, limit }: Type<unknown>): string => (size === limit ? `${size}` : `${size} to ${limit}`)

function terminated(value: string, where: string): Uint8Array {
  if (value.includes('\0')) throw new EncodeError(where, 'text must not contain a NUL')
  return wire.utf8(`${value}\0`)
}

/** Write `value` at `p`, where `type.size` bytes, or as many as `value` has, are free. */
function write(b: Uint8Array, p: number, type: Type<unknown>, value: unknown, where: string): void {
  switch (type.kind) {
    case 'u8':
      b[p] = whole(value, 0xff, where)
      return
    case 'be16':
      wire.putBe16(b, p, whole(value, 0xffff, where))
      return
    case 'be32':
      wire.putBe32(b, p, whole(value, 0xffff_ffff, where))
      return
    case 'u16':
      wire.putU16(b, p, whole(value, 0xffff, where))
      return
    case 'u32':
      wire.putU32(b, p, whole(value, 0xffff_ffff, where))
      return
    case 'be64':
      wire.putBe64(b, p, wide(value, where))
      return
    case 'u64':
      wire.putU64(b, p, wide(value, where))
      return
    case 'text':
    case 'bytes':
      if (!(value instanceof Uint8Array)) throw new EncodeError(where, 'expected a Uint8Array')
      if (value.length > type.limit) throw new EncodeError(where, `${value.length} bytes, expected ${range(type)}`)
      b.set(value, p)
      return
    case 'struct':
      for (const field of type.fields) {
        const item = (value as Record<string, unknown>)[field.key]
        if (!isPad(field)) write(b, p + field.at, field.type, item, `${where}.${field.key}`)
      }
      return
    case 'nest':
      throw new EncodeError(where, 'a struct cannot hold attributes')
    default:
      type.kind satisfies never
  }
}

function whole(value: unknown, max: number, where: string): number {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > max) {
    throw new EncodeError(where, `${String(value)} is no whole number from 0 to ${max}`)
  }
  return value as number
}

function wide(value: unknown, where: string): bigint {
  if (typeof value !== 'bigint' || value < 0n || value > 0xffff_ffff_ffff_ffffn) {
    throw new EncodeError(where, `${String(value)} is no unsigned 64-bit bigint`)
  }
  return value
}
