import { ipProtocol } from '@nfkit/inet'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { type ExpressionData, nftFlags } from '@nfkit/netlink-codec/nftables'
import type { Packet } from '../../../packet.ts'
import { nftCode, type Step } from '../../state/chain.ts'
import { type Context, needed, registerOf, unknown } from '../context.ts'
import { storeBytes, storeNumber } from './store.ts'

/** The bytes of an option, or of an extension header and what is behind it; `undefined` where there is none. */
type Find = (packet: Packet, type: number) => Uint8Array | undefined

const finds: { readonly [op: string]: Find } = {
  ipv6(packet, type) {
    const header = extension(packet.bytes, type)
    return header === undefined ? undefined : packet.bytes.subarray(header)
  },
  tcpopt: (packet, type) => tcpOption(packet, type),
}

const chained: readonly number[] = [0, 43, 60, 51, 44]
const [fragmentHeader, authentication, noNext] = [44, 51, 59]

/** Where an extension header starts (ipv6_find_hdr). */
function extension(bytes: Uint8Array, wanted: number): number | undefined {
  let [type, at] = [bytes[6]!, 40]
  while (type !== wanted) {
    if (!chained.includes(type) || type === noNext || at + 8 > bytes.length) return undefined
    const length =
      type === fragmentHeader ? 8 : type === authentication ? 4 * (bytes[at + 1]! + 2) : 8 * (bytes[at + 1]! + 1)
    const isLater = type === fragmentHeader && (((bytes[at + 2]! << 8) | bytes[at + 3]!) & ~7) !== 0
    if (isLater) return undefined
    type = bytes[at]!
    at += length
  }
  return at
}

const leastTcp = 20

/** The option of a kind (nft_exthdr_tcp_eval). */
function tcpOption({ layout, bytes }: Packet, kind: number): Uint8Array | undefined {
  if (!layout || layout.laterFragment || layout.protocol !== ipProtocol.tcp) return undefined
  const start = layout.transport
  if (start + leastTcp > bytes.length) return undefined
  const end = start + 4 * (bytes[start + 12]! >> 4)
  if (end < start + leastTcp || end > bytes.length) return undefined
  for (let at = start + leastTcp; at < end - 1; ) {
    // End of list, and no operation, are one byte.
    const length = bytes[at]! <= 1 ? 1 : bytes[at + 1] || 1
    if (bytes[at] === kind) return at + length > end ? undefined : bytes.subarray(at, at + length)
    at += length
  }
  return undefined
}

/** nft_exthdr_ipv6_eval and its like (net/netfilter/nft_exthdr.c). */
export function exthdr(data: ExpressionData<'exthdr'>, _: Context): Step {
  const { op = 'ipv6', flags = 0 } = data
  const find = (Object.hasOwn(finds, op) && finds[op]) || unknown()
  const [type, offset, length] = [needed(data.type), needed(data.offset), needed(data.len)]
  if (data.sreg !== undefined || data.dreg === undefined) unknown()
  const at = registerOf(data.dreg)
  // An IPv4 packet does not even lack a header of IPv6.
  const isOther = (packet: Packet) => op === 'ipv6' && packet.layout?.family !== family.ipv6
  const asksPresence = (flags & nftFlags.exthdr.present) !== 0
  return ({ journey: { packet }, registers }) => {
    if (isOther(packet)) return nftCode.break
    const found = find(packet, type)
    if (asksPresence) {
      storeNumber(registers, at, found ? 1 : 0, 1)
      return undefined
    }
    if (!found || offset + length > found.length) return nftCode.break
    storeBytes(registers, at, found.subarray(offset, offset + length))
    return undefined
  }
}
