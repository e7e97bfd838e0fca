import { putBe16, putBe32, putBe64, utf8 } from '@nfkit/inet/bytes'
import * as wire from '../wire/bytes.ts'
import { EncodeError } from '../wire/errors.ts'
import type { Infer, Names, Table, Type, UnknownAttr } from './shape.ts'
import { chosen, entryOf, isPad } from './type.ts'
import { Writer } from './writer.ts'

/**
 * Append the attributes of `value` in the order of its keys; `undefined` means absent. Throws `EncodeError` for a number out of
 * range, bytes of a wrong length, or a key the table does not have.
 */
export function encode<T extends Table>(writer: Writer, table: T, value: Infer<T>): void {
  encodeRun(writer, table, value as Record<string, unknown>)
}

/**
 * The same into fresh bytes. Throws `EncodeError`.
 *
 * @example
 * import { encodeAttrs } from '@nfkit/netlink-codec'
 * import { conntrack } from '@nfkit/netlink-codec/conntrack'
 *
 * console.log(encodeAttrs(conntrack, { mark: 7, zone: 5 }).length) // 16
 */
export function encodeAttrs<T extends Table>(table: T, value: Infer<T>): Uint8Array {
  const writer = new Writer()
  encode(writer, table, value)
  return writer.copy()
}

function encodeRun(writer: Writer, table: Table, value: Record<string, unknown>): void {
  for (const key of Object.keys(value)) {
    const item = value[key]
    if (item === undefined) continue
    const row = Object.hasOwn(table.rows, key) ? table.rows[key] : undefined
    if (row !== undefined) {
      put(writer, row.id, row.type, item, table.byId[row.id]!.name, value)
    } else if (key === 'unknown') {
      for (const { id, bytes } of item as readonly UnknownAttr[]) {
        const where = `${table.name} attribute ${id}`
        const at = writer.attr(whole(id, 0xffff, where), bytes.length, where)
        writer.memory.set(bytes, at)
      }
    } else {
      throw new EncodeError(table.name, `there is no attribute "${key}"`)
    }
  }
}

function put(
  writer: Writer,
  id: number,
  type: Type<unknown>,
  value: unknown,
  where: string,
  siblings: Record<string, unknown>,
): void {
  if (type.kind === 'nest' || type.kind === 'list') {
    const at = writer.startNest(id)
    if (type.kind === 'list') encodeItems(writer, type, value, where)
    else encodeRun(writer, type.table ?? insideOf(type, siblings, where), record(value, where))
    writer.endNest(at, where)
    return
  }
  const payload = type.kind === 'text' ? terminated(value, where) : value
  const size = payload instanceof Uint8Array ? payload.length : type.size
  if (size < type.size || size > type.limit) throw new EncodeError(where, `${size} bytes, expected ${range(type)}`)
  const at = writer.attr(id, size, where)
  write(writer.memory, at, type, payload, where)
}

function insideOf(type: Type<unknown>, siblings: Record<string, unknown>, where: string): Table {
  const table = chosen(type, siblings)
  if (table !== undefined) return table
  const { by } = type.choice!
  throw new EncodeError(
    where,
    `no table is known for ${by} ${String(siblings[by])}: give the bytes as an unknown attribute`,
  )
}

function encodeItems(writer: Writer, type: Type<unknown>, value: unknown, where: string): void {
  if (!Array.isArray(value)) throw new EncodeError(where, 'expected an array')
  for (const one of value) encodeRun(writer, type.table!, record(entryOf(type, one), where))
}

const range = ({ size, limit }: Type<unknown>): string => (size === limit ? `${size}` : `${size} to ${limit}`)

function terminated(value: unknown, where: string): Uint8Array {
  if (typeof value !== 'string') throw new EncodeError(where, 'expected a string')
  if (value.includes('\0')) throw new EncodeError(where, 'text must not contain a NUL')
  return utf8(`${value}\0`)
}

/** Write `value` at `p`, where `type.size` bytes, or as many as `value` has, are free. */
export function write(b: Uint8Array, p: number, type: Type<unknown>, value: unknown, where: string): void {
  switch (type.kind) {
    case 'u8':
      b[p] = whole(value, 0xff, where)
      return
    case 'be16':
      putBe16(b, p, whole(value, 0xffff, where))
      return
    case 'be32':
      putBe32(b, p, whole(value, 0xffff_ffff, where))
      return
    case 'sbe32':
      putBe32(b, p, signed(value, where))
      return
    case 'word':
      write(b, p, type.number!, typeof value === 'string' ? named(type.names, value, where) : value, where)
      return
    case 'u32':
      wire.putU32(b, p, whole(value, 0xffff_ffff, where))
      return
    case 'be64':
      putBe64(b, p, wide(value, where))
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
        if (isPad(field)) continue
        write(b, p + field.at, field.type, record(value, where)[field.key], `${where}.${field.key}`)
      }
      return
    case 'nest':
    case 'list':
      throw new EncodeError(where, 'a struct cannot hold attributes')
    default:
      type.kind satisfies never
  }
}

function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) {
    throw new EncodeError(where, 'expected an object')
  }
  return value as Record<string, unknown>
}

/** `value`, when it is a whole number from 0 to `max`; else throws `EncodeError`. */
export function whole(value: unknown, max: number, where: string): number {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > max) {
    throw new EncodeError(where, `${String(value)} is no whole number from 0 to ${max}`)
  }
  return value as number
}

function signed(value: unknown, where: string): number {
  if (typeof value !== 'number' || (value | 0) !== value)
    throw new EncodeError(where, `${String(value)} is no signed 32-bit number`)
  return value >>> 0
}

function named(names: Names, word: string, where: string): number {
  const number = Object.hasOwn(names, word) ? names[word] : undefined
  if (number === undefined) throw new EncodeError(where, `"${word}" is none of ${Object.keys(names).join(', ')}`)
  return number
}

function wide(value: unknown, where: string): bigint {
  if (typeof value !== 'bigint' || value < 0n || value > 0xffff_ffff_ffff_ffffn) {
    throw new EncodeError(where, `${String(value)} is no unsigned 64-bit bigint`)
  }
  return value
}
