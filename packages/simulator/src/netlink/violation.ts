import { be16, be32 } from '@nfkit/inet/bytes'
import { errno, u16, u32 } from '@nfkit/netlink-codec'
import type { Demand } from './policy.ts'

/** What an answer can say besides its errno: the extended acknowledgement. */
export interface Remark {
  text?: string | undefined
  /** Where in the datagram the attribute to blame starts. */
  at?: number | undefined
  demand?: Demand | undefined
}

export const failedPolicy = 'Attribute failed policy validation'

/** Check one attribute, whose header is at `at`: 0 or an errno (validate_nla, lib/nlattr.c, the lenient way). */
export function violation(bytes: Uint8Array, at: number, demand: Demand, remark: Remark | undefined): number {
  const payload = at + 4
  const length = u16(bytes, at) - 4
  const failed = lengthViolation(bytes, payload, length, demand)
  if (failed) return blame(failed, failedPolicy, at, demand, remark)
  if (demand.max !== undefined && numberAt(bytes, payload, demand) > demand.max)
    return blame(errno.ERANGE, 'integer out of range', at, demand, remark)
  if (demand.mask !== undefined && (numberAt(bytes, payload, demand) & ~demand.mask) !== 0)
    return blame(errno.EINVAL, 'reserved bit set', at, demand, remark)
  return 0
}

function lengthViolation(bytes: Uint8Array, payload: number, length: number, demand: Demand): number {
  switch (demand.kind) {
    case 'reject':
      return errno.EINVAL
    case 'nested':
      return length === 0 || length >= 4 ? 0 : errno.ERANGE
    case 'binary':
      return length > demand.length ? errno.ERANGE : 0
    case 'terminated': {
      const searched = demand.length ? Math.min(length, demand.length + 1) : length
      const zero = bytes.subarray(payload, payload + searched).includes(0)
      return zero ? stringViolation(bytes, payload, length, demand) : errno.EINVAL
    }
    case 'string':
      return stringViolation(bytes, payload, length, demand)
    default:
      return length < demand.length ? errno.ERANGE : 0
  }
}

function stringViolation(bytes: Uint8Array, payload: number, length: number, demand: Demand): number {
  if (length < 1) return errno.ERANGE
  const characters = bytes[payload + length - 1] === 0 ? length - 1 : length
  return demand.length && characters > demand.length ? errno.ERANGE : 0
}

function numberAt(bytes: Uint8Array, payload: number, demand: Demand): number {
  if (demand.kind === 'u8') return bytes[payload]!
  if (demand.kind === 'host32') return u32(bytes, payload)
  return demand.kind === 'u16' ? be16(bytes, payload) : be32(bytes, payload)
}

function blame(failed: number, text: string, at: number, demand: Demand, remark: Remark | undefined): number {
  if (remark) {
    remark.text = text
    remark.at = at
    remark.demand = demand
  }
  return failed
}
