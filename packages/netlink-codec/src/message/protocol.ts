import { Attrs } from '../schema/attrs.ts'
import type { Table, Type } from '../schema/shape.ts'
import { table } from '../schema/table.ts'
import { DecodeError } from '../wire/errors.ts'
import { messageFlags, type Verb } from './flags.ts'
import { control, headerSize, type Message } from './message.ts'

/** One type of message: its number, the kernel's name, and what it holds. */
export interface MessageType {
  /** `nlmsg_type`. */
  readonly type: number
  /** The kernel's name: `IPCTNL_MSG_CT_NEW`. */
  readonly name: string
  /** What its attributes follow in a request. */
  readonly table: Table
  /** What they follow when the kernel sends it. */
  readonly answer: Table
}

/**
 * What one netlink protocol puts behind `struct nlmsghdr`: which messages there are, and the struct before their attributes. Printers
 * and errors ask it; a program that talks to the kernel composes one of the families it uses.
 */
export interface Protocol {
  /** `NETLINK_*`, the third argument of `socket` (include/uapi/linux/netlink.h). */
  readonly number: number
  /** `NETLINK_NETFILTER`. */
  readonly name: string
  /** What is known of a type; `undefined` for a message of a family that was not composed. */
  typeOf(type: number): MessageType | undefined
  /** The kernel's name of a type from 16 on, or the next best. */
  nameOf(type: number): string
  /** The struct between `struct nlmsghdr` and the attributes. */
  headerOf(type: number, flags: number): Type<unknown>
}

/** Of messages no family is composed for: every attribute is kept as unknown. */
export const anyAttrs = table('NLA', '2.6.14', 'Any attributes.', {})

/** The table a message's attributes follow; one without rows when none is known. */
export function tableOf(protocol: Protocol, type: number, flags: number): Table {
  const known = protocol.typeOf(type)
  return (flags & messageFlags.request ? known?.table : known?.answer) ?? anyAttrs
}

/** Where a message's attributes start, counted from the message. */
export const attrsOffset = (protocol: Protocol, type: number, flags: number): number =>
  headerSize + ((protocol.headerOf(type, flags).size + 3) & ~3)

/** The attributes of a message. Throws `DecodeError` when the message is shorter than its header. */
export function attrsOf(protocol: Protocol, { bytes, start, end, type, flags }: Message): Attrs {
  const at = start + attrsOffset(protocol, type, flags)
  if (at > end) throw new DecodeError(protocol.nameOf(type), start, `${end - start} bytes, expected ${at - start}`)
  return new Attrs(bytes, at, end)
}

/** The kernel's name of a message type: `IPCTNL_MSG_CT_NEW`, `NLMSG_ERROR`, `NFNL_SUBSYS_IPSET message 7`. */
export function messageName(protocol: Protocol, type: number): string {
  return type < 16 ? (controlName.get(type) ?? `netlink control message ${type}`) : protocol.nameOf(type)
}

const controlName = new Map<number, string>(
  Object.entries(control).map(([name, number]) => [number, `NLMSG_${name.toUpperCase()}`]),
)

/** What a message of this type does; the kernel's name says it. */
export function verbOf(protocol: Protocol, type: number): Verb {
  if (type < 16) return 'answer'
  const name = messageName(protocol, type)
  return /_GET|_DIAG_/.test(name) ? 'get' : /_DEL|_DESTROY/.test(name) ? 'delete' : 'new'
}
