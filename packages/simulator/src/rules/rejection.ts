import { ipProtocol } from '@nfkit/inet'
import { be16 } from '@nfkit/inet/bytes'
import { type IpPacket, parseIp } from '@nfkit/ip-codec'
import { icmpUnreachable, replyTo, tcp, type Unreachable } from '@nfkit/ip-codec/build'
import { isDamaged } from '../conntrack/track/checksum.ts'
import { icmpError, isBetweenHosts } from '../deliver/icmp-error.ts'
import type { Journey } from '../hooks/journey.ts'
import type { Packet } from '../packet.ts'
import type { Profile } from '../profile.ts'

/** What the sender of a rejected packet gets: a reset of its TCP connection, or an ICMP error that says what cannot be reached. */
export type Rejection = 'tcp reset' | Unreachable

/** What the kernel sends in answer to a packet that is rejected; `undefined` for one that it must not answer. A number is a code of ICMP. */
export function answerTo(journey: Journey, how: Rejection | number, profile: Profile): Uint8Array | undefined {
  const { packet } = journey
  const ip = parseIp(packet.bytes)
  if (ip === undefined || ip.isLaterFragment || !isBetweenHosts(ip)) return undefined
  return how === 'tcp reset' ? reset(packet, ip) : unreachable(journey, ip, how, profile)
}

/** As if the receiver did not know the connection (nf_send_reset, net/ipv4/netfilter/nf_reject_ipv4.c and its twin for IPv6). */
function reset(packet: Packet, ip: IpPacket): Uint8Array | undefined {
  const segment = ip.tcp
  if (segment === undefined || segment.rst || isDamaged(packet, ip.protocol)) return undefined
  const { syn, fin, ack, sequence, acknowledgment, start, headerLength } = segment
  const length = packet.bytes.length - start - headerLength + Number(syn) + Number(fin)
  const numbers = ack ? { sequence: acknowledgment } : { ack: true, acknowledgment: (sequence + length) >>> 0 }
  return tcp(replyTo(ip), { ...numbers, rst: true, window: 0 })
}

/** "Destination unreachable" (nf_send_unreach, nf_send_unreach6). */
function unreachable(
  journey: Journey,
  ip: IpPacket,
  why: Unreachable | number,
  profile: Profile,
): Uint8Array | undefined {
  const { packet } = journey
  // nf_send_unreach6 looks for a checksum in what is not there.
  if (ip.version === 6 && packet.bytes.length <= ip.payloadStart) return undefined
  if (isSummed(packet, ip, profile) && isDamaged(packet, ip.version === 4 ? summedWith.get(ip.protocol) : ip.protocol))
    return undefined
  return icmpError(journey, (ends, quoted, fields) => icmpUnreachable(ends, quoted, why, fields))
}

/** Protocols whose checksum covers the addresses, too. */
const summedWith = new Map<number, number>([ipProtocol.tcp, ipProtocol.udp].map((number) => [number, number]))

/** Protocols that do not sum up all of a packet (nf_reject_verify_csum, include/net/netfilter/nf_reject.h). */
const unsummed: ReadonlySet<number> = new Set([
  ipProtocol.gre,
  ipProtocol.ah,
  ipProtocol.esp,
  ipProtocol.sctp,
  ipProtocol.udplite,
])

function isSummed({ bytes }: Packet, { protocol, payloadStart }: IpPacket, { dccp }: Profile): boolean {
  if (protocol === ipProtocol.dccp) return !dccp
  if (protocol !== ipProtocol.udp) return !unsummed.has(protocol)
  return payloadStart + 8 > bytes.length || be16(bytes, payloadStart + 6) !== 0
}
