import { decode } from './decode.ts'
import { DecodeError } from './errors.ts'
import { control, headerSize, type Message, messageFlags, netfilterHeaderSize } from './message.ts'
import { messageTypeOf } from './protocol.ts'
import { attr, bytes, type Infer, nest, type Table, table, text, u32, u64 } from './schema.ts'
import { align, i32, u32 as readU32, typeMask, u16 } from './wire.ts'

/** `NL_POLICY_TYPE_ATTR_*`: what the kernel would have accepted (include/uapi/linux/netlink.h). Host order. */
export const policyAttrs = table('NL_POLICY_TYPE_ATTR', 'What the kernel would have accepted. Host order.', {
  type: attr(1, u32, 'kind of attribute', { since: '5.8' }),
  minValueS: attr(2, u64, 'smallest signed value', { since: '5.8' }),
  maxValueS: attr(3, u64, 'largest signed value', { since: '5.8' }),
  minValueU: attr(4, u64, 'smallest unsigned value', { since: '5.8' }),
  maxValueU: attr(5, u64, 'largest unsigned value', { since: '5.8' }),
  minLength: attr(6, u32, 'fewest bytes', { since: '5.8' }),
  maxLength: attr(7, u32, 'most bytes', { since: '5.8' }),
  policyIdx: attr(8, u32, 'nested policy', { since: '5.8' }),
  policyMaxtype: attr(9, u32, 'largest id of the nested policy', { since: '5.8' }),
  bitfield32Mask: attr(10, u32, 'bits of a bit field', { since: '5.8' }),
  mask: attr(12, u64, 'bits that may be set', { since: '5.10' }),
})
export interface PolicyAttrs extends Infer<typeof policyAttrs> {}

/** `NLMSGERR_ATTR_*`: the extended acknowledgement (include/uapi/linux/netlink.h). Host order. */
export const ackAttrs = table('NLMSGERR_ATTR', 'Extended acknowledgement. Host order.', {
  msg: attr(1, text(), 'a sentence', { since: '4.12' }),
  offs: attr(2, u32, 'where in the request the offending attribute starts', { since: '4.12' }),
  cookie: attr(3, bytes(), 'opaque, of the subsystem', { since: '4.12' }),
  policy: attr(4, nest<PolicyAttrs>(policyAttrs), 'what would have been accepted', { since: '5.10' }),
  missType: attr(5, u32, 'id of a missing attribute', { since: '6.1' }),
  missNest: attr(6, u32, 'where in the request the nest is that lacks it', { since: '6.1' }),
})
export interface AckAttrs extends Infer<typeof ackAttrs> {}

/** What `NLMSG_ERROR` or `NLMSG_DONE` says. */
export interface Ack {
  /** 0 for success, else the positive errno. */
  readonly errno: number
  /** The extended acknowledgement; empty when the kernel said nothing more. */
  readonly extended: AckAttrs
}

/** Read an `NLMSG_ERROR` (an acknowledgement included) or `NLMSG_DONE`. Throws `DecodeError`. */
export function decodeAck({ bytes, start, end, type, flags }: Message): Ack {
  const where = type === control.done ? 'NLMSG_DONE' : 'NLMSG_ERROR'
  const fixed = start + headerSize + (type === control.done ? 4 : 4 + headerSize)
  if (fixed > end) throw new DecodeError(where, start, `${end - start} bytes, expected ${fixed - start}`)
  const errno = -i32(bytes, start + headerSize)
  if ((flags & messageFlags.ackTlvs) === 0) return { errno, extended: {} }
  let attrs = fixed
  if (type === control.error && (flags & messageFlags.capped) === 0) {
    const echoed = readU32(bytes, start + headerSize + 4)
    if (echoed < headerSize || echoed > end - start) throw new DecodeError(where, start, `echoes ${echoed} bytes`)
    attrs = start + headerSize + 4 + align(echoed)
  }
  return { errno, extended: decode(ackAttrs, bytes, Math.min(attrs, end), end) }
}

/** The kernel's name of the attribute that starts at `offset` of `request`, followed through its nests; `undefined` when none does. */
export function attributeAt(request: Uint8Array, offset: number): string | undefined {
  const known = request.length < netfilterHeaderSize ? undefined : messageTypeOf(u16(request, 4))
  return known && find(known.table, request, netfilterHeaderSize, request.length, offset)
}

function find(table: Table, b: Uint8Array, start: number, end: number, offset: number): string | undefined {
  for (let p = start; p + 4 <= end && p <= offset; ) {
    const length = u16(b, p)
    if (length < 4 || p + length > end) return undefined
    const slot = table.byId[u16(b, p + 2) & typeMask]
    if (p === offset) return slot?.name ?? `${table.name} attribute ${u16(b, p + 2) & typeMask}`
    if (offset < p + length) return slot?.attr.type.table && find(slot.attr.type.table, b, p + 4, p + length, offset)
    p += align(length)
  }
  return undefined
}
