import { putBe16 } from '@nfkit/inet/bytes'
import { type IpPacket, internetChecksum, parseIp } from '@nfkit/ip-codec'
import type { Fragment } from './fragment.ts'

/** The bytes of a TCP header, which the first fragment must hold whole. */
const tcpHeader = 20

/** What a fragment is to those before it. */
export type Fit = 'fits' | 'repeated' | 'overlapping' | 'tiny' | 'crowded'

/** A packet whose fragments are coming, each with what came with it. */
export class Datagram<Carried> {
  /** In order of their offsets; none overlaps another. */
  readonly parts: { readonly fragment: Fragment; readonly carried: Carried }[] = []
  /** Bytes of all of them. */
  bytes = 0
  #length: number | undefined
  readonly #most: number
  /** Why its fragments are all dropped. */
  #problem: Exclude<Fit, 'fits' | 'repeated'> | undefined

  /** `most` is how many fragments it may have. */
  constructor(most: number) {
    this.#most = most
  }

  /**
   * Take a fragment. As a Linux host (inet_frag_queue_insert, RFC 5722): what lies within bytes received is ignored, any other
   * overlap ends the packet.
   */
  add(fragment: Fragment, carried: Carried): Fit {
    const fit = this.#problem ?? this.#fitOf(fragment)
    if (fit === 'fits') {
      const index = this.parts.findIndex(({ fragment: { offset } }) => offset > fragment.offset)
      this.parts.splice(index < 0 ? this.parts.length : index, 0, { fragment, carried })
      this.bytes += fragment.data.length
      if (!fragment.more) this.#length = fragment.offset + fragment.data.length
    } else if (fit !== 'repeated') {
      this.#problem = fit
    }
    return fit
  }

  /** Whether all its bytes are there. */
  get isWhole(): boolean {
    return this.#length === this.bytes
  }

  /** The packet, with right lengths and header checksum; `undefined` when it would be too long. */
  joined(): IpPacket | undefined {
    const { headers, protocol, protocolAt, ip } = this.parts[0]!.fragment
    const out = new Uint8Array(headers.length + this.bytes)
    if (out.length > 0xffff) return undefined
    out.set(headers)
    for (const { fragment } of this.parts) out.set(fragment.data, headers.length + fragment.offset)
    out[protocolAt] = protocol
    if (ip.version === 4) {
      putBe16(out, 2, out.length)
      putBe16(out, 6, 0)
      putBe16(out, 10, 0)
      putBe16(out, 10, internetChecksum(out, 0, headers.length))
    } else {
      putBe16(out, 4, out.length - 40)
    }
    return parseIp(out)
  }

  #fitOf({ offset, more, data }: Fragment): Fit {
    const end = offset + data.length
    if (this.parts.length >= this.#most) return 'crowded'
    const isTiny = offset === 0 ? more && data.length < tcpHeader : offset < tcpHeader
    if (isTiny) return 'tiny'
    if (this.#covers(offset, end)) return 'repeated'
    const overlaps = this.parts.some(
      ({ fragment }) => offset < fragment.offset + fragment.data.length && fragment.offset < end,
    )
    const farthest = this.parts.at(-1)?.fragment
    const reach = farthest === undefined ? 0 : farthest.offset + farthest.data.length
    const contradicts =
      this.#length === undefined ? !more && end < reach : end > this.#length || (!more && end !== this.#length)
    return overlaps || contradicts ? 'overlapping' : 'fits'
  }

  /** Whether one run of fragments that follow each other holds all of `[start, end)`. */
  #covers(start: number, end: number): boolean {
    let [from, to] = [0, 0]
    for (const { fragment } of this.parts) {
      if (fragment.offset !== to) from = fragment.offset
      to = fragment.offset + fragment.data.length
      if (from <= start && end <= to) return true
    }
    return false
  }
}
