import { ipProtocol } from '@nfkit/inet'
import { putBe16 } from '@nfkit/inet/bytes'
import { parseIp } from '@nfkit/ip-codec'
import { completeHeaderChecksum } from '../layout.ts'

type Ip = NonNullable<ReturnType<typeof parseIp>>

/** A piece of a datagram that came alone. */
export interface Piece {
  readonly ip: Ip
  /** Where it belongs, and ends, in bytes of what the datagram carries. */
  readonly from: number
  readonly to: number
  /** It is not the last one. */
  readonly more: boolean
}

/** The piece that a packet is; `undefined` for a whole one. A fragment header that says it is all there is makes a piece, too. */
export function pieceOf(bytes: Uint8Array): Piece | undefined {
  const ip = parseIp(bytes)
  if (!ip || !(ip.isFragment || (ip.version === 6 && ip.identification !== undefined))) return undefined
  const from = ip.fragmentOffset
  return { ip, from, to: from + ip.end - ip.payloadStart, more: ip.moreFragments }
}

/** Bytes of the transport header that the first fragment of an IPv6 packet must have; of other protocols one. */
const leading: Readonly<Record<number, number>> = {
  [ipProtocol.tcp]: 20,
  [ipProtocol.udp]: 8,
  [ipProtocol.icmpv6]: 8,
}

/** Whether a first fragment of IPv6 lacks some of the transport header: it is left alone, and IP drops it later (ipv6frag_thdr_truncated). */
export const lacksHeader = ({ ip, from, to }: Piece): boolean =>
  ip.version === 6 && from === 0 && to < (leading[ip.protocol] ?? 1)

/** What tells datagrams apart: addresses, identification, and for IPv4 the protocol. */
export function keyOf({ ip }: Piece): string {
  const { source, destination } = ip
  return ip.version === 4
    ? `${source} ${destination} ${ip.identification} ${ip.protocol}`
    : `${source} ${destination} ${ip.identification}`
}

/** What adding a piece made of a datagram: it lacks something, is whole, or cannot be; `again` for a piece that was there. */
export type Added = 'incomplete' | 'whole' | 'impossible' | 'again'

/** A datagram that comes in pieces (inet_frag_queue_insert, net/ipv4/inet_fragment.c). */
export class Datagram {
  readonly #pieces: Piece[] = []
  #length: number | undefined

  add(piece: Piece): Added {
    const { from, to, more } = piece
    if (this.#pieces.some((other) => other.from <= from && to <= other.to)) return 'again'
    if (to === from || this.#pieces.some((other) => from < other.to && other.from < to)) return 'impossible'
    if (more ? to > (this.#length ?? to) : this.#length !== undefined || this.#pieces.some((other) => other.to > to))
      return 'impossible'
    if (!more) this.#length = to
    this.#pieces.push(piece)
    const there = this.#pieces.reduce((sum, one) => sum + one.to - one.from, 0)
    return there === this.#length ? 'whole' : 'incomplete'
  }

  /** The packet that was cut into these pieces, behind the headers of the first of them. */
  get packet(): Uint8Array {
    const { ip } = this.#pieces.find(({ from }) => from === 0)!
    const headers = ip.version === 4 ? ip.bytes.slice(ip.start, ip.payloadStart) : withoutFragmentHeader(ip)
    const packet = new Uint8Array(headers.length + this.#length!)
    packet.set(headers)
    for (const { ip: of, from } of this.#pieces)
      packet.set(of.bytes.subarray(of.payloadStart, of.end), headers.length + from)
    if (ip.version === 4) {
      putBe16(packet, 2, packet.length)
      putBe16(packet, 6, 0)
      completeHeaderChecksum(packet)
    } else putBe16(packet, 4, packet.length - 40)
    return packet
  }
}

/** The headers in front of what an IPv6 packet carries, without the one of 8 bytes that made it a fragment. */
function withoutFragmentHeader({ bytes, start, payloadStart, protocol }: Ip): Uint8Array {
  const headers = bytes.slice(start, payloadStart - 8)
  let named = 6
  for (let at = 40; headers[named] !== ipProtocol.fragment; at += 8 + 8 * headers[at + 1]!) named = at
  headers[named] = protocol
  return headers
}
