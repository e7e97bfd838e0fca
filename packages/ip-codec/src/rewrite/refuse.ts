import { ipProtocol, parseAddress } from '@nfkit/inet'
import { checksumOffset, coversAddresses } from '../checksum/transport.ts'
import type { IpPacket } from '../ip/ip.ts'
import type { FieldChanges, PacketChanges } from './changes.ts'
import { RewriteError } from './error.ts'

/** Largest value of each numeric field. */
const limits = { ttl: 0xff, dscp: 0x3f, ecn: 3, sourcePort: 0xffff, destinationPort: 0xffff } as const
const tcpLimits = { sequence: 0xffff_ffff, acknowledgment: 0xffff_ffff, window: 0xffff, mss: 0xffff } as const
const icmpLimits = { identifier: 0xffff, sequence: 0xffff } as const

/** Throw what keeps a packet as a whole from being written back. */
export function refusePacket(ip: IpPacket): void {
  if (ip.oversized) throw new RewriteError('oversized')
  if (ip.truncated) throw new RewriteError('truncated')
  if (ip.version === 6 && ip.chainProblem !== undefined) throw new RewriteError('chain')
}

/** Throw why these changes cannot be made to the packet, before any is. */
export function refuseChanges(ip: IpPacket, changes: PacketChanges): void {
  refuseFields(ip, changes)
  const { payload, embedded, recompute } = changes
  if (payload !== undefined) {
    refuseTransport(ip, 'payload')
    if (!(ip.tcp || ip.udp || ip.sctp || ip.icmp || ip.icmpv6)) throw new RewriteError('transport', 'payload')
    refuseHiddenAddresses(ip, 'payload')
    if (embedded !== undefined) throw new RewriteError('conflict', 'embedded')
  }
  if (recompute) {
    if (ip.isFragment) throw new RewriteError('fragment', 'recompute')
    refuseHiddenAddresses(ip, 'recompute')
  }
  if (embedded !== undefined) {
    refuseTransport(ip, 'embedded')
    const inner = (ip.icmp ?? ip.icmpv6)?.embedded
    if (inner === undefined) throw new RewriteError('embedded', 'embedded')
    refuseFields(inner, embedded)
  }
}

function refuseFields(ip: IpPacket, changes: FieldChanges): void {
  checkNumbers(changes, limits)
  for (const field of ['source', 'destination'] as const) {
    const address = changes[field]
    if (address === undefined) continue
    const bytes = typeof address === 'string' ? parseAddress(address) : address
    if (bytes?.length !== 4 && bytes?.length !== 16) throw new RewriteError('value', field)
    if (bytes.length !== (ip.version === 4 ? 4 : 16)) throw new RewriteError('family', field)
    refuseAddress(ip, field)
  }
  if (changes.dontFragment !== undefined && ip.version !== 4) throw new RewriteError('ipv4Only', 'dontFragment')
  for (const field of ['sourcePort', 'destinationPort'] as const) {
    if (changes[field] === undefined) continue
    refuseTransport(ip, field)
    const known = ip.protocol === ipProtocol.tcp || ip.protocol === ipProtocol.udp || ip.protocol === ipProtocol.sctp
    if (!known || ip[field] === undefined) throw new RewriteError('transport', field)
  }
  if (changes.tcp !== undefined) {
    refuseTransport(ip, 'tcp')
    if (!ip.tcp) throw new RewriteError('transport', 'tcp')
    checkNumbers(changes.tcp, tcpLimits)
    if (changes.tcp.mss !== undefined && ip.tcp.mss === undefined) throw new RewriteError('option', 'mss')
  }
  if (changes.icmp !== undefined) {
    refuseTransport(ip, 'icmp')
    if ((ip.icmp ?? ip.icmpv6)?.identifier === undefined) throw new RewriteError('transport', 'icmp')
    checkNumbers(changes.icmp, icmpLimits)
  }
}

/** Addresses may change in a fragment, if all its fragments change alike: the first one's checksum is carried forward. */
function refuseAddress(ip: IpPacket, field: string): void {
  if (isAuthenticated(ip)) throw new RewriteError('authenticated', field)
  if (ip.version === 6 && ip.chainProblem !== undefined) throw new RewriteError('chain', field)
  if (ip.isLaterFragment || !coversAddresses(ip)) return
  refuseHiddenAddresses(ip, field)
  const reachable = ip.payloadStart + checksumOffset(ip) + 2 <= ip.end
  if (ip.isFragment && !reachable) throw new RewriteError('fragment', field)
}

function refuseTransport(ip: IpPacket, field: string): void {
  if (ip.isFragment) throw new RewriteError('fragment', field)
  if (isAuthenticated(ip)) throw new RewriteError('authenticated', field)
  if (ip.version === 6 && ip.chainProblem !== undefined) throw new RewriteError('chain', field)
}

function refuseHiddenAddresses(ip: IpPacket, field: string): void {
  const hidden = ip.pseudoSourceAt < 0 || ip.pseudoDestinationAt < 0
  if (hidden && coversAddresses(ip)) throw new RewriteError('routing', field)
}

function isAuthenticated(ip: IpPacket): boolean {
  if (ip.version === 4) return ip.protocol === ipProtocol.ah
  return ip.extensions.some((header) => header.kind === 'authentication')
}

function checkNumbers<L extends Readonly<Record<string, number>>>(
  values: { readonly [K in keyof L]?: number | undefined },
  max: L,
): void {
  for (const field in max) {
    const value = values[field]
    if (value === undefined) continue
    if (!Number.isInteger(value) || value < 0 || value > max[field]!) throw new RewriteError('value', field)
  }
}
