import {
  ackAttrs,
  align,
  control,
  encode,
  headerSize,
  messageFlags,
  type PolicyAttrs,
  putU16,
  putU32,
  u32,
  Writer,
} from '@nfkit/netlink-codec'
import type { NetlinkSocket } from '../socket/netlink-socket.ts'
import type { Demand } from './policy.ts'
import type { Remark } from './violation.ts'

/** Queue the `NLMSG_ERROR` for the message at `start`, which is an acknowledgement when `errno` is 0 (netlink_ack). */
export function answer(socket: NetlinkSocket, bytes: Uint8Array, start: number, errno: number, remark?: Remark): void {
  const length = u32(bytes, start)
  const capped = errno === 0 || socket.capAck
  const remarks =
    socket.extendedAck &&
    remark !== undefined &&
    (remark.text !== undefined || (errno !== 0 && remark.at !== undefined))
  const echoed = capped ? headerSize : length
  let message = new Uint8Array(align(headerSize + 4 + echoed))
  message.set(bytes.subarray(start, start + echoed), headerSize + 4)
  if (remarks) message = withRemark(message, remark, errno, start)
  putU32(message, 0, message.length)
  putU16(message, 4, control.error)
  putU16(message, 6, (capped ? messageFlags.capped : 0) | (remarks ? messageFlags.ackTlvs : 0))
  putU32(message, 8, u32(bytes, start + 8))
  putU32(message, 12, socket.portId)
  putU32(message, 16, -errno >>> 0)
  socket.deliver(message, 0)
}

function withRemark(message: Uint8Array, remark: Remark, errno: number, start: number): Uint8Array<ArrayBuffer> {
  const writer = new Writer()
  writer.reserve(message.length)
  writer.bytes.set(message)
  const blamed = errno !== 0 && remark.at !== undefined
  encode(writer, ackAttrs, {
    msg: remark.text,
    offs: blamed ? remark.at! - start : undefined,
    policy: blamed && remark.demand ? described(remark.demand) : undefined,
  })
  return writer.bytes.slice()
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
