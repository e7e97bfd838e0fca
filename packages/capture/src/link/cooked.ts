import { be16, be32 } from '@nfkit/inet/bytes'
import { linktype } from '../format/linktype.ts'

/** `ARPHRD_NETLINK` (include/uapi/linux/if_arp.h): the kind of device an nlmon interface is. */
export const arphrdNetlink = 824

/** The header in front of what was captured on any interface (LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2), and of netlink datagrams. */
export interface CookedHeader {
  /** In bytes: what was captured starts behind them. */
  readonly size: number
  /** Who the packet was for: 0 this machine, 3 another one, 4 it was sent. */
  readonly packetType: number
  /** `ARPHRD_*`: the kind of device. */
  readonly hardwareType: number
  /** An Ethernet type; of an nlmon interface the netlink protocol. */
  readonly protocol: number
  /** The sender's; absent where the device has none. */
  readonly hardwareAddress: Uint8Array | undefined
  /** As the capturing machine numbered its interfaces; version 2 has it. */
  readonly interfaceIndex: number | undefined
}

const size1 = 16
const size2 = 20

/** Read the header of a record of one of these link types; `undefined` for other types, and where it is cut off. */
export function cookedHeader(type: number, bytes: Uint8Array): CookedHeader | undefined {
  if ((type === linktype.linuxCooked || type === linktype.netlink) && bytes.length >= size1)
    return {
      size: size1,
      packetType: be16(bytes, 0),
      hardwareType: be16(bytes, 2),
      protocol: be16(bytes, 14),
      hardwareAddress: address(bytes, 6, be16(bytes, 4)),
      interfaceIndex: undefined,
    }
  if (type === linktype.linuxCooked2 && bytes.length >= size2)
    return {
      size: size2,
      packetType: bytes[10]!,
      hardwareType: be16(bytes, 8),
      protocol: be16(bytes, 0),
      hardwareAddress: address(bytes, 12, bytes[11]!),
      interfaceIndex: be32(bytes, 4) || undefined,
    }
  return undefined
}

/** Both versions have room for eight bytes. */
function address(bytes: Uint8Array, start: number, length: number): Uint8Array | undefined {
  return length === 0 || length > 8 ? undefined : bytes.subarray(start, start + length)
}
