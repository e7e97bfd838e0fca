import { type AckAttrs, encodeAck, type PolicyAttrs, u32 } from '@nfkit/netlink-codec'
import type { Endpoint } from '../socket/endpoint.ts'
import type { Demand } from './policy.ts'
import type { Remark } from './violation.ts'

/** Queue the `NLMSG_ERROR` for the message at `start`, which is an acknowledgement when `errno` is 0 (netlink_ack). */
export function answer(socket: Endpoint, bytes: Uint8Array, start: number, errno: number, remark?: Remark): void {
  const request = bytes.subarray(start, start + u32(bytes, start))
  const { portId, capAck: capped } = socket
  const extended = socket.extendedAck && remark ? extendedBy(remark, errno, start) : {}
  socket.deliver(encodeAck(request, { errno, portId, capped, extended }), 0)
}

function extendedBy({ text, at, demand }: Remark, errno: number, start: number): AckAttrs {
  if (errno === 0 || at === undefined) return { msg: text }
  return { msg: text, offs: at - start, policy: demand && described(demand) }
}

/** `NL_ATTR_TYPE_*` (include/uapi/linux/netlink.h). */
const kinds = { u8: 2, u16: 3, u32: 4, host32: 4, u64: 5, binary: 10, string: 11, terminated: 12, nested: 13 } as const
const limits = {
  u8: 0xffn,
  u16: 0xffffn,
  u32: 0xffff_ffffn,
  host32: 0xffff_ffffn,
  u64: 0xffff_ffff_ffff_ffffn,
} as const

/** What would have been accepted (__netlink_policy_dump_write_attr, net/netlink/policy.c). */
function described(demand: Demand): PolicyAttrs | undefined {
  switch (demand.kind) {
    case 'unspecified':
    case 'reject':
      return undefined
    case 'nested':
      return { type: kinds.nested }
    case 'binary':
    case 'string':
    case 'terminated':
      return { maxLength: demand.length || undefined, type: kinds[demand.kind] }
    default: {
      const type = kinds[demand.kind]
      if (demand.mask !== undefined) return { mask: BigInt(demand.mask >>> 0), type }
      return { minValueU: 0n, maxValueU: demand.max === undefined ? limits[demand.kind] : BigInt(demand.max), type }
    }
  }
}
