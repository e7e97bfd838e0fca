import { be16 } from '@nfkit/inet/bytes'
import { u16 } from '@nfkit/netlink-codec'
import { verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import { holdsIf, nftCode, type Step } from '../../state/chain.ts'

/** What a match makes of the header of layer 4: whether it holds. */
type Holds = (bytes: Uint8Array, at: number) => boolean

/** Looks at `length` bytes of the header. A packet that ends before is dropped, and a later fragment has none (par->hotdrop). */
const ofHeader =
  (length: number, holds: Holds): Step =>
  ({ journey: { packet } }) => {
    const { layout, bytes } = packet
    if (!layout || layout.laterFragment) return nftCode.break
    if (layout.transport + length > bytes.length) return verdicts.drop
    return holdsIf(holds(bytes, layout.transport))
  }

const isWithin = (value: number, info: Uint8Array, at: number): boolean =>
  value >= u16(info, at) && value <= u16(info, at + 2)

const inverts = { source: 1, destination: 2, flags: 4, option: 8 } as const
const has = (flags: number, bit: number): boolean => (flags & bit) !== 0

/** struct xt_tcp. */
export function tcp(info: Uint8Array): Step {
  const [option, mask, wanted, flags] = [info[8]!, info[9]!, info[10]!, info[11]!]
  return ofHeader(20, (bytes, at) => {
    if (isWithin(be16(bytes, at), info, 0) === has(flags, inverts.source)) return false
    if (isWithin(be16(bytes, at + 2), info, 4) === has(flags, inverts.destination)) return false
    if (((bytes[at + 13]! & mask) === wanted) === has(flags, inverts.flags)) return false
    return option === 0 || hasOption(bytes, at, option) !== has(flags, inverts.option)
  })
}

function hasOption(bytes: Uint8Array, start: number, option: number): boolean {
  const end = Math.min(bytes.length, start + 4 * (bytes[start + 12]! >> 4))
  for (let at = start + 20; at < end; at += bytes[at]! < 2 ? 1 : bytes[at + 1] || 1)
    if (bytes[at] === option) return true
  return false
}

/** struct xt_udp. */
export function udp(info: Uint8Array): Step {
  const flags = info[8]!
  return ofHeader(
    8,
    (bytes, at) =>
      isWithin(be16(bytes, at), info, 0) !== has(flags, inverts.source) &&
      isWithin(be16(bytes, at + 2), info, 4) !== has(flags, inverts.destination),
  )
}

const anyType = 0xff

/** struct ipt_icmp, struct ip6t_icmp: a type, and codes from one to another. */
export function icmp(info: Uint8Array): Step {
  const [type, from, to, flags] = [info[0]!, info[1]!, info[2]!, info[3]!]
  return ofHeader(2, (bytes, at) => {
    const holds = type === anyType || (bytes[at] === type && bytes[at + 1]! >= from && bytes[at + 1]! <= to)
    return holds !== has(flags, 1)
  })
}

/** Of which end ports are: struct xt_multiport_v1. */
const [ofSource, ofDestination] = [0, 1]

/** Up to 15 ports, of which some are the start of a range whose end is the next. */
export function multiport(info: Uint8Array): Step {
  const [of, count, isInverted] = [info[0]!, info[1]!, info[47] !== 0]
  const ranges: [number, number][] = []
  for (let i = 0; i < count; i++) {
    const from = u16(info, 2 + 2 * i)
    ranges.push([from, info[32 + i] ? u16(info, 2 + 2 * ++i) : from])
  }
  const isListed = (port: number) => ranges.some(([from, to]) => port >= from && port <= to)
  return ofHeader(4, (bytes, at) => {
    const [source, destination] = [be16(bytes, at), be16(bytes, at + 2)]
    const holds =
      of === ofSource
        ? isListed(source)
        : of === ofDestination
          ? isListed(destination)
          : isListed(source) || isListed(destination)
    return holds !== isInverted
  })
}
