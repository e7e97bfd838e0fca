import { formatAddress, formatEnd, ipProtocol, protocolName } from '@nfkit/inet'
import { view } from '@nfkit/inet/bytes'
import type { Carrier } from '../ip-layer.ts'
import { icmpType } from '../transport/icmp-type.ts'
import { portIn } from '../transport/ports.ts'
import { flagNames } from '../transport/tcp-flags.ts'

/** One line for people: both ends, the protocol, and the length, as far as the packet has them. */
export function describe(ip: Carrier): string {
  const { bytes, start, end } = ip
  const [at, size] = ip.version === 4 ? [start + 12, 4] : [start + 8, 16]
  const source = side(view(bytes, at, at + size), portIn(ip, 0))
  const destination = side(view(bytes, at + size, at + 2 * size), portIn(ip, 2))
  const cut = ip.truncated ? ', truncated' : ''
  return `${source} > ${destination} ${protocolName(ip.protocol)}${detail(ip)}, ${end - start} bytes${cut}`
}

const side = (address: Uint8Array, port: number | undefined): string =>
  formatEnd({ address: formatAddress(address), port })

function detail({ bytes, payloadStart: p, end, protocol, version, isFragment, isLaterFragment }: Carrier): string {
  if (isLaterFragment) return ' later fragment'
  const first = isFragment ? ' first fragment' : ''
  if (protocol === ipProtocol.tcp && p + 14 <= end && bytes[p + 13] !== 0)
    return ` ${flagNames(bytes[p + 13]!)}${first}`
  if (protocol === ipProtocol.icmp || protocol === ipProtocol.icmpv6) {
    return p < end ? ` ${icmpType(version, bytes[p]!)}${first}` : first
  }
  return first
}
