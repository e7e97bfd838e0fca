import { formatHex } from '@nfkit/inet'
import type { IpPacket } from '@nfkit/ip-codec'
import type { Packet } from './packet.ts'

/** The properties that go into a packet's JSON form, in order. */
const plain = [
  'id',
  'queue',
  'hook',
  'family',
  'hwProtocol',
  'indev',
  'outdev',
  'physIndev',
  'physOutdev',
  'mark',
  'priority',
  'length',
  'truncated',
  'hwaddr',
  'uid',
  'gid',
  'secctx',
  'cgroupClassid',
  'vlan',
  'ctInfo',
  'flow',
] as const satisfies readonly (keyof Packet)[]

/** A packet as plain values: what `JSON.stringify` can take. */
export function packetObject(packet: Packet): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const key of plain) out[key] = packet[key]
  out['ip'] = packet.ip && addressesOf(packet.ip)
  out['timestampNs'] = packet.timestampNs?.toString()
  out['l2hdr'] = packet.l2hdr && formatHex(packet.l2hdr)
  out['payload'] = packet.payload && formatHex(packet.payload)
  return Object.fromEntries(Object.entries(out).filter(([, value]) => value !== undefined))
}

/** The ends of the packet; the rest is in the payload. */
function addressesOf({ version, source, destination, protocol, sourcePort, destinationPort }: IpPacket) {
  return { version, source, destination, protocol, sourcePort, destinationPort }
}
