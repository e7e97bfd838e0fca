import { be16 } from '@nfkit/inet/bytes'
import { big, hostOrder, little } from '../format/byte-order.ts'
import { linktype, linktypeName } from '../format/linktype.ts'
import type { CaptureRecord } from '../format/record.ts'
import { arphrdNetlink, cookedHeader } from './cooked.ts'
import { type Frame, type FrameDestination, networkHeader } from './frame.ts'
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
      return { bytes, start: 0 }
    case linktype.ipv4:
      return at(ipHeader(bytes, 0, 4), { bytes })
    case linktype.ipv6:
      return at(ipHeader(bytes, 0, 6), { bytes })
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
      return at(isCiscoHdlc(bytes) ? ciscoHdlc(bytes) : pppPayload(bytes, 0), { bytes })
    case linktype.pppEther:
      return at(pppPayload(bytes, pppoeHeader), { bytes })
    case linktype.ciscoHdlc:
      return at(ciscoHdlc(bytes), { bytes })
    case linktype.netlink:
      return netlinkDatagram
    default:
      return new NotAPacket(`${linktypeName(type)}, which is not read here`)
  }
}

const netlinkDatagram = new NotAPacket('a netlink datagram, not IP')

function ethernet(bytes: Uint8Array): Frame | NotAPacket {
  if (bytes.length < 14) return cutHeader
  return at(networkHeader(bytes, be16(bytes, 12), 14), { bytes, hwaddr: bytes.subarray(6, 12) })
}

/** `sll_pkttype`, in this order. */
const destinations: readonly FrameDestination[] = ['us', 'everybody', 'everybody', 'somebody else', 'from us']

function linuxCooked(type: number, bytes: Uint8Array): Frame | NotAPacket {
  const header = cookedHeader(type, bytes)
  if (header === undefined) return cutHeader
  if (header.hardwareType === arphrdNetlink) return netlinkDatagram
  return at(networkHeader(bytes, header.protocol, header.size), {
    bytes,
    destination: destinations[header.packetType],
    hwaddr: header.hardwareAddress,
    interfaceIndex: header.interfaceIndex,
  })
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
  return at(ipHeader(bytes, 4, version), { bytes })
}

function at(start: number | NotAPacket, frame: Omit<Frame, 'start'>): Frame | NotAPacket {
  return start instanceof NotAPacket ? start : { ...frame, start }
}
