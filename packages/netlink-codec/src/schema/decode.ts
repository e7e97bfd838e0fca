import { be16, be32, be64, view } from '@nfkit/inet/bytes'
import * as wire from '../wire/bytes.ts'
import { DecodeError } from '../wire/errors.ts'
import type { Infer, Slot, Table, Type, UnknownAttr } from './shape.ts'
import { chosen, isPad, itemOf, nameIn } from './type.ts'

/** Deeper than any message the kernel builds (six), and shallow enough for any stack. */
export const maxDepth = 16

/**
 * Decode all attributes in `bytes[start, end)` to a plain object: the eager way to read. Byte values are views onto `bytes`.
 * Attributes without a row are collected in `unknown`; when one comes twice the last counts. Fewer than four trailing bytes are
 * ignored, as the kernel does. Throws `DecodeError`.
 *
 * @example
 * import { decode, encodeAttrs } from '@nfkit/netlink-codec'
 * import { conntrack } from '@nfkit/netlink-codec/conntrack'
 *
 * const bytes = encodeAttrs(conntrack, { mark: 7, timeout: 600 })
 * console.log(decode(conntrack, bytes).timeout) // 600
 */
export function decode<T extends Table>(table: T, bytes: Uint8Array, start = 0, end = bytes.length): Infer<T> {
  return run(table, bytes, start, end, 0) as Infer<T>
}

function run(table: Table, bytes: Uint8Array, start: number, end: number, depth: number): unknown {
  if (depth > maxDepth) throw new DecodeError(table.name, start, `nested deeper than ${maxDepth}`)
  const out: Record<string, unknown> = {}
  let unknown: UnknownAttr[] | undefined
  let chooses: { slot: Slot; start: number; end: number }[] | undefined
  let p = start
  while (p + 4 <= end) {
    const length = wire.u16(bytes, p)
    if (length < 4 || p + length > end) throw new DecodeError(table.name, p, `length ${length} does not fit`)
    const id = wire.u16(bytes, p + 2) & wire.typeMask
    const size = length - 4
    const slot = table.byId[id]
    if (slot === undefined) {
      if (id !== table.pad) {
        unknown ??= []
        unknown.push({ id, bytes: view(bytes, p + 4, p + 4 + size) })
      }
    } else {
      const { type } = slot.attr
      if (isPadding(size, type)) {
        p += 4
        continue
      }
      if (size < type.size) throw new DecodeError(slot.name, p, `${size} bytes, expected ${type.size}`)
      if (type.choice === undefined) out[slot.key] = read(type, bytes, p + 4, size, depth + 1)
      else {
        // The neighbour that chooses may come later; the key keeps its place.
        out[slot.key] = undefined
        chooses ??= []
        chooses.push({ slot, start: p + 4, end: p + 4 + size })
      }
    }
    p += wire.align(length)
  }
  for (const { slot, start, end } of chooses ?? []) {
    const inside = chosen(slot.attr.type, out)
    if (inside !== undefined) out[slot.key] = run(inside, bytes, start, end, depth + 1)
    else {
      delete out[slot.key]
      unknown ??= []
      unknown.push({ id: slot.attr.id, bytes: view(bytes, start, end) })
    }
  }
  if (unknown !== undefined) out['unknown'] = unknown
  return out
}

/**
 * Nothing where something must be: what aligns 64-bit values on machines that need it. ctnetlink puts such an attribute before
 * the time of an event under the id of CTA_STATUS (`ctnetlink_dump_event_timestamp`, which takes CTA_TIMESTAMP_PAD for one of CTA).
 */
export const isPadding = (size: number, type: Type<unknown>): boolean => size === 0 && type.size > 0

/** One payload of `n` bytes at `p`, which the caller has checked to be at least `type.size`. */
export function read(type: Type<unknown>, b: Uint8Array, p: number, n: number, depth: number): unknown {
  switch (type.kind) {
    case 'u8':
      return b[p]
    case 'be16':
      return be16(b, p)
    case 'be32':
      return be32(b, p)
    case 'sbe32':
      return be32(b, p) | 0
    case 'be64':
      return be64(b, p)
    case 'u32':
      return wire.u32(b, p)
    case 'u64':
      return wire.u64(b, p)
    case 'text':
      return wire.text(b, p, n)
    case 'bytes':
      // Longer than what has one size: the rest is ignored, as for integers, and as the kernel does.
      return view(b, p, p + (type.limit === type.size ? type.size : n))
    case 'word': {
      const number = read(type.number!, b, p, n, depth) as number
      return nameIn(type.names, number) ?? number
    }
    case 'nest':
      return run(type.table!, b, p, p + n, depth)
    case 'list':
      return items(type, b, p, p + n, depth)
    case 'struct': {
      const out: Record<string, unknown> = {}
      for (const field of type.fields) {
        if (!isPad(field)) out[field.key] = read(field.type, b, p + field.at, field.type.size, depth)
      }
      return out
    }
    default:
      return type.kind satisfies never
  }
}

/** Each attribute of a list, decoded alone. Where all are of one kind the number does not count: nft numbers elements of sets. */
function items(type: Type<unknown>, b: Uint8Array, start: number, end: number, depth: number): unknown[] {
  const list: unknown[] = []
  const table = type.table!
  const only = itemOf(type)
  for (let p = start; p + 4 <= end; ) {
    const length = wire.u16(b, p)
    if (length < 4 || p + length > end) throw new DecodeError(table.name, p, `length ${length} does not fit`)
    if (only === undefined) list.push(run(table, b, p, p + length, depth))
    else if (length - 4 >= only.attr.type.size) list.push(read(only.attr.type, b, p + 4, length - 4, depth + 1))
    else throw new DecodeError(only.name, p, `${length - 4} bytes, expected ${only.attr.type.size}`)
    p += wire.align(length)
  }
  return list
}
