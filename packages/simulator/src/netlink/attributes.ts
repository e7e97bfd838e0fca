import { be16, be32, be64 } from '@nfkit/inet/bytes'
import { align, u16, u32 } from '@nfkit/netlink-codec'
import type { Policy } from './policy.ts'
import { type Remark, violation } from './violation.ts'

/** The id of a row, whatever table it is in. */
export interface Row {
  readonly id: number
}

/** A run of attributes as the kernel sees it: the last of each type, where the policy allowed it. */
export class Attributes {
  readonly bytes: Uint8Array
  /** By id, where the payload starts; 0 when absent. */
  readonly at: number[]

  constructor(bytes: Uint8Array, { absent }: Policy) {
    this.bytes = bytes
    this.at = absent.slice()
  }

  has(row: Row): boolean {
    return this.at[row.id]! > 0
  }

  /** Bytes of the payload. */
  length(row: Row): number {
    return u16(this.bytes, this.at[row.id]! - 4) - 4
  }

  u8(row: Row): number | undefined {
    const at = this.at[row.id]!
    return at ? this.bytes[at] : undefined
  }
  be16(row: Row): number | undefined {
    const at = this.at[row.id]!
    return at ? be16(this.bytes, at) : undefined
  }
  be32(row: Row): number | undefined {
    const at = this.at[row.id]!
    return at ? be32(this.bytes, at) : undefined
  }
  be64(row: Row): bigint | undefined {
    const at = this.at[row.id]!
    return at ? be64(this.bytes, at) : undefined
  }
  /** Host order. */
  u32(row: Row): number | undefined {
    const at = this.at[row.id]!
    return at ? u32(this.bytes, at) : undefined
  }
  /** A copy. */
  payload(row: Row): Uint8Array | undefined {
    const at = this.at[row.id]!
    return at ? this.bytes.slice(at, at + this.length(row)) : undefined
  }
  /** Text up to the first NUL. */
  text(row: Row): string | undefined {
    const payload = this.payload(row)
    if (!payload) return undefined
    const zero = payload.indexOf(0)
    return new TextDecoder().decode(zero < 0 ? payload : payload.subarray(0, zero))
  }

  /** Parse a nest that is there. An errno when its policy refuses it. */
  nest(row: Row, policy: Policy): Attributes | number {
    const at = this.at[row.id]!
    return parse(this.bytes, at, at + this.length(row), policy)
  }
}

/**
 * Parse the lenient way (nla_parse_deprecated, lib/nlattr.c): unknown types are skipped, flags in the type ignored, of duplicates
 * the last counts, and what does not fit ends the run without an error. An errno is the policy's.
 */
export function parse(
  bytes: Uint8Array,
  start: number,
  end: number,
  policy: Policy,
  remark?: Remark,
): Attributes | number {
  const attributes = new Attributes(bytes, policy)
  let p = start
  while (p + 4 <= end) {
    const length = u16(bytes, p)
    if (length < 4 || p + length > end) break
    const id = u16(bytes, p + 2) & 0x3fff
    if (id !== 0 && id <= policy.max) {
      const demand = policy.demands[id]
      if (demand !== undefined) {
        const failed = violation(bytes, p, demand, remark)
        if (failed) return failed
      }
      attributes.at[id] = p + 4
    }
    p += align(length)
  }
  if (p < end && remark) remark.text = 'bytes leftover after parsing attributes'
  return attributes
}
