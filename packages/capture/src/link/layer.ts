import { be16 } from '@nfkit/inet/bytes'
import { big, hostOrder, little } from '../format/byte-order.ts'
import { linktype, linktypeName } from '../format/linktype.ts'
import type { CaptureRecord } from '../format/record.ts'
import { arphrdNetlink, cookedHeader } from './cooked.ts'
import { type Frame, type FrameDestination, frame, networkHeader } from './frame.ts'
import { ipHeader } from './ip-header.ts'
import { nflogFrame } from './nflog.ts'
import { cutHeader, NotAPacket } from './not-a-packet.ts'
import { pppoeHeader, pppPayload } from './ppp.ts'

/** Take a record's link layer off. */
export function frameOf({ bytes, linktype: type }: CaptureRecord): Frame | NotAPacket {
  switch (type) {
    case linktype.ethernet:
      return ethernet(bytes)
    case linktype.raw:
    case linktype.rawBsd:
    case linktype.rawOpenBsd:
      return frame(bytes, 0)
    case linktype.ipv4:
      return frame(bytes, ipHeader(bytes, 0, 4))
    case linktype.ipv6:
      return frame(bytes, ipHeader(bytes, 0, 6))
    case linktype.linuxCooked:
    case linktype.linuxCooked2:
      return linuxCooked(type, bytes)
    case linktype.null:
    case linktype.loop:
      return loopback(bytes)
    case linktype.nflog:
      return nflogFrame(bytes)
    case linktype.ppp:
    case linktype.pppHdlc:
      return frame(bytes, isCiscoHdlc(bytes) ? ciscoHdlc(bytes) : pppPayload(bytes, 0))
    case linktype.pppEther:
      return frame(bytes, pppPayload(bytes, pppoeHeader))
    case linktype.ciscoHdlc:
      return frame(bytes, ciscoHdlc(bytes))
    case linktype.netlink:
      return netlinkDatagram
    default:
      return new NotAPacket(`${linktypeName(type)}, which is not read here`)
  }
}

const netlinkDatagram = new NotAPacket('a netlink datagram, not IP')

function ethernet(bytes: Uint8Array): Frame | NotAPacket {
  if (bytes.length < 14) return cutHeader
  return frame(bytes, networkHeader(bytes, be16(bytes, 12), 14), bytes.subarray(6, 12))
}

/** `sll_pkttype`, in this order. */
const destinations: readonly FrameDestination[] = ['us', 'everybody', 'everybody', 'somebody else', 'from us']

function linuxCooked(type: number, bytes: Uint8Array): Frame | NotAPacket {
  const header = cookedHeader(type, bytes)
  if (header === undefined) return cutHeader
  if (header.hardwareType === arphrdNetlink) return netlinkDatagram
  const start = networkHeader(bytes, header.protocol, header.size)
  return frame(bytes, start, header.hardwareAddress, destinations[header.packetType], header.interfaceIndex)
}

/** Unicast or broadcast, where PPP has its address byte 0xff. */
const isCiscoHdlc = (bytes: Uint8Array): boolean => bytes[0] === 0x0f || bytes[0] === 0x8f

/** Cisco's framing: address, control, and an Ethernet type. */
function ciscoHdlc(bytes: Uint8Array): number | NotAPacket {
  return bytes.length < 4 ? cutHeader : networkHeader(bytes, be16(bytes, 2), 4)
}

/** `AF_INET` everywhere; `AF_INET6` on Linux and the BSDs. */
const versions = new Map<number, 4 | 6>([
  [2, 4],
  [10, 6],
  [24, 6],
  [28, 6],
  [30, 6],
])

function loopback(bytes: Uint8Array): Frame | NotAPacket {
  if (bytes.length < 4) return cutHeader
  // In the capturing host's byte order (NULL) or big-endian (LOOP): families are small, so only one order makes sense.
  const family = Math.min(little.u32(bytes, 0), big.u32(bytes, 0))
  const version = versions.get(family)
  if (version === undefined) return new NotAPacket(`address family ${hostOrder.u32(bytes, 0)}, not IP`)
  return frame(bytes, ipHeader(bytes, 4, version))
}
