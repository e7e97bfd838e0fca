import { formatAddress, ipProtocolName } from '@nfkit/inet'
import type { TracedPacket } from '@nfkit/nftables'

/** What the first bytes of a traced packet say. */
export interface TracedHeader {
  readonly version: 4 | 6 | undefined
  readonly protocol: number | undefined
  readonly source: string
  readonly destination: string
  readonly destinationPort: number | undefined
  readonly sourcePort: number | undefined
}

/** Where each version has its protocol and addresses, and how long an address is. */
const layouts = { 4: { protocol: 9, addresses: 12, length: 4 }, 6: { protocol: 6, addresses: 8, length: 16 } } as const

/** Reads what a trace tells of a packet; fields that are not there stay `undefined` or empty. */
export function headerOf({ networkHeader, transportHeader }: TracedPacket): TracedHeader {
  const version = ((networkHeader?.[0] ?? 0) >> 4) as 4 | 6
  const layout = layouts[version]
  const none = {
    version: undefined,
    protocol: undefined,
    source: '',
    destination: '',
    destinationPort: undefined,
    sourcePort: undefined,
  }
  if (networkHeader === undefined || layout === undefined) return none
  const { addresses, length } = layout
  if (networkHeader.length < addresses + 2 * length) return none
  const protocol = networkHeader[layout.protocol]!
  const hasPorts = ['tcp', 'udp', 'udplite', 'sctp', 'dccp'].includes(ipProtocolName(protocol) ?? '')
  const portAt = (at: number) =>
    hasPorts && transportHeader !== undefined && transportHeader.length >= at + 2
      ? transportHeader[at]! * 256 + transportHeader[at + 1]!
      : undefined
  return {
    version,
    protocol,
    source: formatAddress(networkHeader.subarray(addresses, addresses + length)),
    destination: formatAddress(networkHeader.subarray(addresses + length, addresses + 2 * length)),
    sourcePort: portAt(0),
    destinationPort: portAt(2),
  }
}
