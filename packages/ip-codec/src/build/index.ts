/**
 * Packets from a few words, for tests: `tcp('192.0.2.1:1000 > 198.51.100.1:443', { syn: true })`.
 *
 * @module
 */

export { type Endpoints, parseEndpoints, replyTo } from './endpoints.ts'
export { BuildError } from './error.ts'
export { authentication, destinationOptions, hopByHop, type OptionBytes, routing } from './extension.ts'
export { fragments } from './fragments.ts'
export {
  type EchoFields,
  type IcmpFields,
  icmp,
  icmpEcho,
  icmpTimeExceeded,
  icmpUnreachable,
  type Unreachable,
} from './icmp.ts'
export { type ExtensionBytes, type IpFields, ipPacket } from './ip-packet.ts'
export { packet } from './packet.ts'
export type { Payload } from './payload.ts'
export { type SctpFields, sctp } from './sctp.ts'
export { type TcpFields, tcp } from './tcp.ts'
export { type UdpFields, udp } from './udp.ts'
