import { formatAddress, formatTuple, hasKeys, icmpAnswer, ipProtocol, isIcmp, sameAddress } from '@nfkit/inet'
import { be16, be32 } from '@nfkit/inet/bytes'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { BumpAllocator } from '../../../allocator.ts'
import type { Layout } from '../../../layout.ts'
import type { Profile } from '../../../profile.ts'

/** One direction of a connection (struct nf_conntrack_tuple). */
export interface Tuple {
  /** 2 or 10. */
  readonly family: number
  readonly source: Uint8Array
  readonly destination: Uint8Array
  /** Layer-4 protocol number. */
  readonly protocol: number
  /** It has ports or keys; else `from` and `to` are 0, or ICMP's. */
  readonly ported: boolean
  /** Source port, GRE key, or ICMP identifier. */
  readonly from: number
  /** Destination port, GRE key, or ICMP type × 256 + code. */
  readonly to: number
}

/** Whether a kernel tells connections of a protocol apart by ports, or keys in their place. */
export const isKeyed = (number: number, { udplite, dccp }: Profile): boolean =>
  hasKeys(number) && (udplite || number !== ipProtocol.udplite) && (dccp || number !== ipProtocol.dccp)

/** Tuples are made here: a table has many, and what reads them is fast where they have one shape. */
const tuple = (
  of: number,
  source: Uint8Array,
  destination: Uint8Array,
  protocol: number,
  ported: boolean,
  from: number,
  to: number,
): Tuple => ({ family: of, source, destination, protocol, ported, from, to })

/** The tuple of packets in the other direction; `undefined` for what is never answered. */
export function inverse({ family: of, source, destination, protocol, ported, from, to }: Tuple): Tuple | undefined {
  if (!isIcmp(protocol)) return tuple(of, destination, source, protocol, ported, to, from)
  const answer = icmpAnswer(protocol, to >> 8)
  if (answer === undefined) return undefined
  return tuple(of, destination, source, protocol, ported, from, (answer << 8) | (to & 0xff))
}

/** Headers of IPv6 that are no protocol: where one of them is the last that can be read, nothing follows (ipv6_skip_exthdr). */
const leadsOn: readonly number[] = [
  ipProtocol.hopByHop,
  ipProtocol.routing,
  ipProtocol.fragment,
  ipProtocol.ah,
  ipProtocol.noNextHeader,
  ipProtocol.destinationOptions,
]

const memory = new BumpAllocator()

/** Copies of addresses at one end. Neighbours have the same server mostly: its address is copied once. */
class Addresses {
  #latest: Uint8Array = new Uint8Array(0)

  copy(address: Uint8Array): Uint8Array {
    if (!sameAddress(this.#latest, address)) this.#latest = memory.copy(address)
    return this.#latest
  }
}

const [sources, destinations] = [new Addresses(), new Addresses()]

/** The same tuple with addresses that stay. */
export const lasting = ({ family: of, source, destination, protocol, ported, from, to }: Tuple): Tuple =>
  tuple(of, sources.copy(source), destinations.copy(destination), protocol, ported, from, to)

/** Of the latest tuple of a packet: to make views of each would take longer than to look it up. */
const latest = {
  v4: { source: new Uint8Array(4), destination: new Uint8Array(4) },
  v6: { source: new Uint8Array(16), destination: new Uint8Array(16) },
}

/** The tuple a packet has, which is there until that of another is asked for; `undefined` when it has none, as later fragments. */
export function tupleOf(bytes: Uint8Array, layout: Layout, profile: Profile): Tuple | undefined {
  const v4 = layout.family === family.ipv4
  if (layout.laterFragment || (!v4 && leadsOn.includes(layout.protocol))) return undefined
  const at = layout.transport
  const number = layout.protocol
  const ported = isKeyed(number, profile)
  let from = 0
  let to = 0
  if (isIcmp(number)) {
    if (at + 8 > bytes.length) return undefined
    from = be16(bytes, at + 4)
    to = be16(bytes, at)
  } else if (number === ipProtocol.gre) {
    const key = callId(bytes, at)
    if (key === undefined) return undefined
    to = key
  } else if (ported) {
    if (at + 4 > bytes.length) return undefined
    from = be16(bytes, at)
    to = be16(bytes, at + 2)
  }
  const { source, destination } = v4 ? latest.v4 : latest.v6
  const start = v4 ? 12 : 8
  for (let i = 0; i < source.length; i++) {
    source[i] = bytes[start + i]!
    destination[i] = bytes[start + source.length + i]!
  }
  return tuple(layout.family, source, destination, number, ported, from, to)
}

const pointToPoint = 0x880b

/** The key of PPTP, version 1 of GRE; 0 for other versions, and what is too short; `undefined` for what else calls itself version 1 (gre_pkt_to_tuple). */
function callId(bytes: Uint8Array, at: number): number | undefined {
  if (at + 4 > bytes.length || (bytes[at + 1]! & 7) !== 1 || at + 8 > bytes.length) return 0
  return be16(bytes, at + 2) === pointToPoint ? be16(bytes, at + 6) : undefined
}

/** Drawn once, so that no sender of packets knows which tuples have one hash. */
const seed = Math.floor(Math.random() * 2 ** 32)

/** 32 bits that two tuples share when they are equal, and their zones are. */
export function hashOf({ source, destination, protocol: number, from, to }: Tuple, zone: number): number {
  let hash = mix(seed, (number << 16) | zone)
  for (let at = 0; at < source.length; at += 4) hash = mix(mix(hash, be32(source, at)), be32(destination, at))
  hash = mix(hash, (from << 16) | to)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return hash ^ (hash >>> 16)
}

/** One step of MurmurHash3. */
function mix(hash: number, word: number): number {
  const scrambled = Math.imul(word, 0xcc9e_2d51)
  const mixed = hash ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b87_3593)
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe654_6b64) | 0
}

export function sameTuple(a: Tuple, b: Tuple): boolean {
  return (
    a.family === b.family &&
    a.protocol === b.protocol &&
    a.from === b.from &&
    a.to === b.to &&
    sameAddress(a.source, b.source) &&
    sameAddress(a.destination, b.destination)
  )
}

/** `tcp 10.0.0.1:40000 > 10.0.0.2:22`, for people. */
export function describe({ source, destination, protocol, ported, from, to }: Tuple): string {
  const end = (address: Uint8Array, port: number) => ({
    address: formatAddress(address),
    port: ported ? port : undefined,
  })
  return formatTuple({ protocol, source: end(source, from), destination: end(destination, to) })
}
