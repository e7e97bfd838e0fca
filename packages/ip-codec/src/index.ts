/**
 * IP packets as data: read IPv4, IPv6, TCP, UDP, SCTP and ICMP without copying, and rewrite them with right checksums. Builders of packets
 * are `@nfkit/ip-codec/build`. Start with `parseIp`.
 *
 * @module
 */
export { crc32c } from './checksum/crc32c.ts'
export { type ChecksumState, internetChecksum, updateChecksum } from './checksum/internet.ts'
export { storeTransportChecksum } from './checksum/transport.ts'
export type { ChainProblem } from './ip/extension-chain.ts'
export type { ExtensionHeader, ExtensionHeaderBase, Ipv6Option } from './ip/extension-header.ts'
export { type IpPacket, ipProblem, parseIp, parseIpWithin } from './ip/ip.ts'
export type { Ipv4 } from './ip/ipv4.ts'
export type { Ipv4Option } from './ip/ipv4-option.ts'
export type { Ipv6 } from './ip/ipv6.ts'
export type { IpJson, TcpJson } from './ip/json.ts'
export { type IpProblem, ipProblems } from './ip/problem.ts'
export type { Carrier } from './ip-layer.ts'
export type { FieldChanges, IcmpChanges, PacketChanges, TcpChanges } from './rewrite/changes.ts'
export { checkRewrite, maxRewritten } from './rewrite/check.ts'
export { fillChecksums } from './rewrite/checksums.ts'
export { RewriteError, type RewriteReason, rewriteReasons } from './rewrite/error.ts'
export { rewrite } from './rewrite/rewrite.ts'
export type { Icmp, Quoting } from './transport/icmp.ts'
export { icmpType } from './transport/icmp-type.ts'
export type { Sctp, SctpChunk } from './transport/sctp.ts'
export type { Tcp } from './transport/tcp.ts'
export { flagNames, type TcpFlags, tcpFlag, withFlags } from './transport/tcp-flags.ts'
export type { SackBlock, TcpOption } from './transport/tcp-option.ts'
export type { Udp } from './transport/udp.ts'
export { tupleOf } from './tuple.ts'
