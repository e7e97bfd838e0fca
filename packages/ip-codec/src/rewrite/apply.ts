import { parseAddress } from '@nfkit/inet'
import { replaceBytes, replaceNumber } from '../checksum/internet.ts'
import type { IpPacket } from '../ip/ip.ts'
import type { Tcp } from '../transport/tcp.ts'
import { withFlags } from '../transport/tcp-flags.ts'
import { mssAt } from '../transport/tcp-option.ts'
import type { FieldChanges, IcmpChanges, TcpChanges } from './changes.ts'

/** How the sums of words under each checksum changed. */
export interface Deltas {
  header: number
  /** Of the addresses in the pseudo header. */
  pseudo: number
  transport: number
}

/** Put the changes into the packet's own bytes, where they have been found possible. Checksums are left for later. */
export function applyChanges(ip: IpPacket, changes: FieldChanges): Deltas {
  const deltas = { header: 0, pseudo: 0, transport: 0 }
  changeAddresses(ip, changes, deltas)
  deltas.header += changeHeader(ip, changes)
  const { bytes, payloadStart: at } = ip
  if (changes.sourcePort !== undefined) deltas.transport += replaceNumber(bytes, at, 2, changes.sourcePort, at)
  if (changes.destinationPort !== undefined) {
    deltas.transport += replaceNumber(bytes, at + 2, 2, changes.destinationPort, at)
  }
  if (changes.tcp !== undefined && ip.tcp) deltas.transport += changeTcp(ip.tcp, changes.tcp)
  if (changes.icmp !== undefined) deltas.transport += changeIcmp(bytes, at, changes.icmp)
  return deltas
}

function changeAddresses(ip: IpPacket, changes: FieldChanges, deltas: Deltas): void {
  const { bytes, start, version } = ip
  const [sourceAt, size] = version === 4 ? [start + 12, 4] : [start + 8, 16]
  const places = [
    { address: changes.source, at: sourceAt, covered: ip.pseudoSourceAt },
    { address: changes.destination, at: sourceAt + size, covered: ip.pseudoDestinationAt },
  ]
  for (const { address, at, covered } of places) {
    if (address === undefined) continue
    const delta = replaceBytes(bytes, at, typeof address === 'string' ? parseAddress(address)! : address, start)
    deltas.header += delta
    if (at === covered) deltas.pseudo += delta
  }
}

function changeHeader(ip: IpPacket, { ttl, dscp, ecn, dontFragment }: FieldChanges): number {
  const { bytes, start, version } = ip
  let delta = 0
  if (ttl !== undefined) delta += replaceNumber(bytes, version === 4 ? start + 8 : start + 7, 1, ttl, start)
  if (dscp !== undefined || ecn !== undefined) {
    const trafficClass = ((dscp ?? ip.dscp) << 2) | (ecn ?? ip.ecn)
    if (version === 4) delta += replaceNumber(bytes, start + 1, 1, trafficClass, start)
    else {
      bytes[start] = 0x60 | (trafficClass >> 4)
      bytes[start + 1] = (trafficClass << 4) | (bytes[start + 1]! & 15)
    }
  }
  if (dontFragment !== undefined) {
    const flags = (bytes[start + 6]! & ~0x40) | (dontFragment ? 0x40 : 0)
    delta += replaceNumber(bytes, start + 6, 1, flags, start)
  }
  return delta
}

function changeTcp(tcp: Tcp, { sequence, acknowledgment, flags, window, mss }: TcpChanges): number {
  const { bytes, start } = tcp
  let delta = 0
  if (sequence !== undefined) delta += replaceNumber(bytes, start + 4, 4, sequence, start)
  if (acknowledgment !== undefined) delta += replaceNumber(bytes, start + 8, 4, acknowledgment, start)
  if (flags !== undefined) delta += replaceNumber(bytes, start + 13, 1, withFlags(tcp.flags, flags), start)
  if (window !== undefined) delta += replaceNumber(bytes, start + 14, 2, window, start)
  if (mss !== undefined) {
    delta += replaceNumber(bytes, mssAt(bytes, start + 20, start + tcp.headerLength), 2, mss, start)
  }
  return delta
}

function changeIcmp(bytes: Uint8Array, at: number, { identifier, sequence }: IcmpChanges): number {
  let delta = 0
  if (identifier !== undefined) delta += replaceNumber(bytes, at + 4, 2, identifier, at)
  if (sequence !== undefined) delta += replaceNumber(bytes, at + 6, 2, sequence, at)
  return delta
}
