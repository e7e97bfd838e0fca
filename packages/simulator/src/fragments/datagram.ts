import { ipProtocol } from '@nfkit/inet'
import { putBe16 } from '@nfkit/inet/bytes'
import { parseIp } from '@nfkit/ip-codec'
import { completeHeaderChecksum } from '../layout.ts'
import { Runs } from './runs.ts'

type Ip = NonNullable<ReturnType<typeof parseIp>>

/** Places of pieces are counted in so many bytes. */
const unit = 8

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
  const [from, more] = [ip.fragmentOffset, ip.moreFragments]
  const to = from + ip.end - ip.payloadStart
  // What an IPv4 piece that is not the last has beyond whole units is cut off.
  return { ip, from, to: more && ip.version === 4 ? to - (to % unit) : to, more }
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

/** What adding a piece made of a datagram: it lacks something, or is whole; the piece is dropped, or the datagram with it; or the piece goes on alone, and the datagram is dropped. */
export type Added = 'incomplete' | 'whole' | 'left out' | 'spoiled' | 'alone'

/** The longest packet of IPv4, and what one of IPv6 may carry. */
const longest = 0xffff

/** A datagram that comes in pieces (ip_frag_queue, net/ipv4/ip_fragment.c; nf_ct_frag6_queue, net/ipv6/netfilter/nf_conntrack_reasm.c). */
export class Datagram {
  readonly #pieces: Piece[] = []
  readonly #runs = new Runs()
  #there = 0
  /** Where it ends, as far as is known, and whether its last piece said so. */
  #length = 0
  #isEnded = false

  add(piece: Piece): Added {
    const { ip, from, to, more } = piece
    // What contradicts the pieces that are there spoils a datagram of IPv4; of IPv6 it is left out.
    const contradiction = ip.version === 4 ? 'spoiled' : 'left out'
    if (ip.version === 6 && to > longest) return 'left out'
    if (ip.version === 6 && more && to % unit !== 0) return 'alone'
    const isBeyond = to > this.#length
    if (more ? isBeyond && this.#isEnded : to < this.#length || (this.#isEnded && isBeyond)) return contradiction
    if (isBeyond || !more) this.#length = to
    if (!more) this.#isEnded = true
    if (to === from) return contradiction
    const put = this.#runs.put(from, to)
    if (put !== 'put') return put === 'again' ? 'left out' : 'spoiled'
    this.#pieces.push(piece)
    this.#there += to - from
    if (!this.#isEnded || this.#there !== this.#length) return 'incomplete'
    return this.#isTooLong ? 'spoiled' : 'whole'
  }

  get #isTooLong(): boolean {
    const { ip } = this.#first
    const headers = ip.version === 4 ? ip.payloadStart - ip.start : ip.payloadStart - 8 - 40
    return headers + this.#length > longest
  }

  get #first(): Piece {
    return this.#pieces.find(({ from }) => from === 0)!
  }

  /** The packet that was cut into these pieces, behind the headers of the first of them. */
  get packet(): Uint8Array {
    const { ip } = this.#first
    const headers = ip.version === 4 ? ip.bytes.slice(ip.start, ip.payloadStart) : withoutFragmentHeader(ip)
    const packet = new Uint8Array(headers.length + this.#length)
    packet.set(headers)
    for (const { ip: of, from, to } of this.#pieces)
      packet.set(of.bytes.subarray(of.payloadStart, of.payloadStart + to - from), headers.length + from)
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
