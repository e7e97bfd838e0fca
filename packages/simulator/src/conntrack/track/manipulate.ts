import { ipProtocol, isIcmp } from '@nfkit/inet'
import { be16, putBe16 } from '@nfkit/inet/bytes'
import {
  type FieldChanges,
  fillChecksums,
  type PacketChanges,
  parseIp,
  RewriteError,
  rewrite,
  updateChecksum,
} from '@nfkit/ip-codec'
import { layoutOf, startChecksum } from '../../layout.ts'
import type { Packet } from '../../packet.ts'
import { inverse, type Tuple } from '../table/tuple/tuple.ts'

/** Protocols whose ports are changed with their checksums. */
const summed: readonly number[] = [ipProtocol.tcp, ipProtocol.udp, ipProtocol.sctp]

/** Bytes of a transport header that translation must reach, of protocols it looks into. */
const leastHeader = 8

/**
 * Give a packet the source or destination of a tuple; checksums are carried forward (nf_nat_manip_pkt). False for one that is too short, which is
 * dropped.
 */
export function translatePacket(packet: Packet, to: Tuple, source: boolean): boolean {
  const looksInside = to.ported || isIcmp(to.protocol)
  if (looksInside && packet.bytes.length < (packet.layout?.transport ?? 0) + leastHeader) return false
  const kept = keptChecksum(packet, to)
  change(packet, fieldsOf(to, source))
  const { bytes, layout } = packet
  if (layout && kept !== undefined) putBe16(bytes, layout.transport + checksumAt, kept)
  if (packet.checksum === 'partial') startChecksum(bytes)
  else if (to.ported && to.protocol === ipProtocol.sctp) sumUp(packet)
  if (layout && to.ported && !summed.includes(to.protocol)) putPort(bytes, layout.transport, to, source)
  return true
}

/** The sum of SCTP is made anew, whatever it was (sctp_manip_pkt). */
function sumUp(packet: Packet): void {
  const ip = parseIp(packet.bytes)
  if (!ip?.sctp) return
  fillChecksums(ip)
  packet.checksum = 'unverified'
}

/** The port of a protocol that `rewrite` knows none of. */
function putPort(bytes: Uint8Array, transport: number, { protocol: number, from, to }: Tuple, source: boolean): void {
  if (number === ipProtocol.gre) {
    // A call of PPTP has one key, which is at the destination.
    if (!source && to !== 0) putBe16(bytes, transport + 6, to)
    return
  }
  const at = transport + (source ? 0 : 2)
  const port = source ? from : to
  const sum = updateChecksum(be16(bytes, transport + checksumAt), port - be16(bytes, at))
  putBe16(bytes, at, port)
  putBe16(bytes, transport + checksumAt, sum === 0 && number === ipProtocol.udplite ? 0xffff : sum)
}

/** In headers of UDP, UDP-Lite and DCCP. */
const checksumAt = 6
/** Protocols that some kernels translate with their ports, and others as any protocol without. */
const forgotten: readonly number[] = [ipProtocol.udplite, ipProtocol.dccp]

/** A checksum that stays what it is: a UDP sender may leave it out, over IPv6 as well, and no kernel looks for one that it does not know. */
function keptChecksum({ bytes, layout }: Packet, { ported }: Tuple): number | undefined {
  if (!layout || layout.transport + checksumAt + 2 > bytes.length) return undefined
  const sum = be16(bytes, layout.transport + checksumAt)
  if (layout.protocol === ipProtocol.udp) return sum === 0 ? 0 : undefined
  return !ported && forgotten.includes(layout.protocol) ? sum : undefined
}

/**
 * Give an ICMP error the source or destination that belongs to the packet it quotes, and the quoted packet its other end: `quoted` is the tuple
 * it had where it was sent (nf_nat_icmp_reply_translation). False for one that cannot be changed, which is dropped.
 */
export function translateError(packet: Packet, quoted: Tuple, source: boolean): boolean {
  const answers = inverse(quoted)
  if (!answers) return false
  const outer = source ? { source: answers.source } : { destination: answers.destination }
  return change(packet, { ...outer, embedded: fieldsOf(quoted, !source) })
}

function fieldsOf({ protocol: number, ported, ...end }: Tuple, source: boolean): FieldChanges {
  const hasPorts = ported && summed.includes(number)
  return source
    ? { source: end.source, ...(hasPorts && { sourcePort: end.from }) }
    : { destination: end.destination, ...(hasPorts && { destinationPort: end.to }) }
}

function change(packet: Packet, changes: PacketChanges): boolean {
  const { bytes } = packet
  try {
    const made = rewrite(bytes, changes)
    // What a program has put behind its end stays there.
    packet.bytes = made.length < bytes.length ? Uint8Array.from([...made, ...bytes.subarray(made.length)]) : made
  } catch (error) {
    if (!(error instanceof RewriteError)) throw error
    return false
  }
  packet.layout = layoutOf(packet.bytes)
  return true
}
