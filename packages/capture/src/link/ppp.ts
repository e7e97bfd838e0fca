import { be16 } from '@nfkit/inet/bytes'
import { ipHeader } from './ip-header.ts'
import { cutHeader, NotAPacket } from './not-a-packet.ts'

/** Numbers of the network protocols that PPP carries here (RFC 1661, RFC 5072). */
const pppProtocol = { ipv4: 0x0021, ipv6: 0x0057 }

/** Session, code and length in front of PPP on Ethernet (RFC 2516). */
export const pppoeHeader = 6

/** Where IP starts behind a PPP header, which may have its address and control bytes, and may have its protocol in one byte. */
export function pppPayload(bytes: Uint8Array, start: number): number | NotAPacket {
  const framed = bytes[start] === 0xff && bytes[start + 1] === 0x03
  const at = framed ? start + 2 : start
  if (at + 2 > bytes.length) return cutHeader
  const isShort = (bytes[at]! & 1) === 1
  const protocol = isShort ? bytes[at]! : be16(bytes, at)
  const inside = at + (isShort ? 1 : 2)
  if (protocol === pppProtocol.ipv4) return ipHeader(bytes, inside, 4)
  if (protocol === pppProtocol.ipv6) return ipHeader(bytes, inside, 6)
  return new NotAPacket(`PPP protocol 0x${protocol.toString(16).padStart(4, '0')}, not IP`)
}
