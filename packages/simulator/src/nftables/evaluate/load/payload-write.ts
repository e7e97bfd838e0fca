import { ipProtocol } from '@nfkit/inet'
import { be16, putBe16 } from '@nfkit/inet/bytes'
import { internetChecksum } from '@nfkit/ip-codec'
import type { ExpressionData } from '@nfkit/netlink-codec/nftables'
import { layoutOf } from '../../../layout.ts'
import type { Packet } from '../../../packet.ts'
import { nftCode, type Step } from '../../state/chain.ts'
import { needed, unknown } from '../context.ts'
import type { Header } from './header.ts'

/** Writes a register into a header, and mends checksums (nft_payload_set_eval). */
export function writing(data: ExpressionData<'payload'>, header: Header, at: number): Step {
  const [offset, length] = [needed(data.offset), needed(data.len)]
  const { base, csumType, csumOffset = 0, csumFlags = 0 } = data
  if (csumType === 'sctp') unknown()
  const isTransport = base === 'transportHeader' || base === 'innerHeader'
  return ({ journey, registers }) => {
    const { packet } = journey
    const headerStart = header.start(journey)
    if (headerStart < 0) return nftCode.break
    const within = header.bytes(journey)
    const start = headerStart + offset
    if (start + length > within.length) return nftCode.break
    if (base === 'llHeader') {
      within.set(registers.subarray(at, at + length), offset)
      return undefined
    }
    const bytes = packet.bytes.slice()
    const written = registers.subarray(at, at + length)
    const change = changeOf(bytes.subarray(start, start + length), written)
    const mends = (csumType === 'inet' || csumFlags !== 0) && !(isTransport && packet.checksum === 'partial')
    if (mends && csumType === 'inet' && !mendAt(bytes, headerStart + csumOffset, change)) return nftCode.break
    if (mends && csumFlags !== 0 && !mendTransport(packet, bytes, change)) return nftCode.break
    bytes.set(written, start)
    packet.bytes = bytes
    packet.rewritten = true
    packet.layout = layoutOf(bytes)
    return undefined
  }
}

/** By how much the sum of the words changes, in ones' complement. */
function changeOf(before: Uint8Array, after: Uint8Array): number {
  const sumOf = (bytes: Uint8Array) => ~internetChecksum(bytes, 0, bytes.length) & 0xffff
  return sumOf(after) + (~sumOf(before) & 0xffff)
}

const fold = (sum: number): number => {
  const once = (sum & 0xffff) + (sum >>> 16)
  return (once & 0xffff) + (once >>> 16)
}

/** A sum of 0 is written as 0xffff (nft_csum_replace). False where the packet ends before it. */
function mendAt(bytes: Uint8Array, at: number, change: number): boolean {
  if (at + 2 > bytes.length) return false
  const sum = ~fold((~be16(bytes, at) & 0xffff) + change) & 0xffff
  putBe16(bytes, at, sum === 0 ? 0xffff : sum)
  return true
}

/** Where the checksum of layer 4 is that covers addresses (nft_payload_l4csum_offset). */
const sums: { readonly [protocol: number]: number } = {
  [ipProtocol.tcp]: 16,
  [ipProtocol.udp]: 6,
  [ipProtocol.udplite]: 6,
  [ipProtocol.icmpv6]: 2,
}
const mayLack: readonly number[] = [ipProtocol.udp, ipProtocol.udplite]

/** Addresses are in the sum of layer 4, too. False where that cannot be read (nft_payload_l4csum_update). */
function mendTransport({ layout, checksum }: Packet, bytes: Uint8Array, change: number): boolean {
  const offset = layout && !layout.laterFragment ? sums[layout.protocol] : undefined
  if (!layout || offset === undefined) return true
  const at = layout.transport + offset
  const lacks = mayLack.includes(layout.protocol) && (at + 2 > bytes.length || be16(bytes, at) === 0)
  if (lacks) return true
  if (at + 2 > bytes.length) return false
  if (checksum !== 'partial') return mendAt(bytes, at, change)
  putBe16(bytes, at, fold(be16(bytes, at) + change))
  return true
}
