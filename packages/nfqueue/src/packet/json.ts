import type { IpJson } from '@nfkit/ip-codec'
import { type ViewJson, viewJson } from '@nfkit/netlink-codec/packet-view'
import type { Packet } from './packet.ts'

/** The properties a queue's packet has besides those of a view, which go into its JSON form as they are. */
const plain = [
  'id',
  'queue',
  'priority',
  'length',
  'truncated',
  'secctx',
  'cgroupClassid',
] as const satisfies readonly (keyof Packet)[]

/** A packet in JSON: names where there are names, else numbers; what is absent is left out. */
export interface PacketJson extends ViewJson<IpJson>, Pick<Packet, (typeof plain)[number]> {}

export function packetJson(packet: Packet): PacketJson {
  const more = Object.fromEntries(plain.map((key) => [key, packet[key]])) as Pick<Packet, (typeof plain)[number]>
  return viewJson(packet, performance.timeOrigin + packet.arrivedAt, more)
}
