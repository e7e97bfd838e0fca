import { putBe16, putBe32 } from '@nfkit/inet/bytes'
import { family, hook } from '@nfkit/netlink-codec/nfnetlink'
import type { PacketRows } from '@nfkit/netlink-codec/packet-view'
import type { Journey } from '../hooks/journey.ts'
import type { Interface } from '../interfaces.ts'
import type { Packet } from '../packet.ts'
import type { ConnectionPart } from './connection-part.ts'
import type { Frame } from './frame.ts'

/** The rows of a family, under its own numbers: what NFQUEUE and NFLOG say of a packet alike. */
export interface PartRows extends PacketRows {
  readonly ifindexIndev: { readonly id: number }
  readonly ifindexOutdev: { readonly id: number }
  readonly mark: { readonly id: number }
  readonly ct: { readonly id: number }
}

/** NLA_F_NESTED. */
export const nested = 0x8000
const ethertypes = { ipv4: 0x0800, ipv6: 0x86dd }

/** Ethernet type of a packet. */
export function ethertypeOf({ family: of, bytes }: Packet): number {
  const version = of === family.bridge ? bytes[0]! >> 4 : of === family.ipv6 ? 6 : 4
  return version === 6 ? ethertypes.ipv6 : ethertypes.ipv4
}

/** The bridge family names the port first, and then the bridge it is a port of. */
export function devices(frame: Frame, rows: PartRows, { packet, indev, outdev }: Journey): void {
  const { origin } = packet
  const [inFirst, inSecond, outFirst, outSecond] = [
    rows.ifindexIndev.id,
    rows.ifindexPhysindev.id,
    rows.ifindexOutdev.id,
    rows.ifindexPhysoutdev.id,
  ]
  const bridged = packet.family === family.bridge
  pair(frame, indev, origin.physindev, bridged ? inSecond : inFirst, bridged ? inFirst : inSecond)
  pair(frame, outdev, origin.physoutdev, bridged ? outSecond : outFirst, bridged ? outFirst : outSecond)
}

function pair(
  frame: Frame,
  device: Interface | undefined,
  physical: Interface | undefined,
  first: number,
  second: number,
): void {
  if (!device) return
  frame.be32(first, device.index)
  if (physical) frame.be32(second, physical.index)
}

/** The address a frame came from, of packets that came in. */
export function hardwareAddress(frame: Frame, rows: PartRows, { packet: { origin }, indev }: Journey): void {
  if (!indev || !origin.hardwareAddress) return
  const at = frame.attr(rows.hwaddr.id, 12)
  putBe16(frame.bytes, at, origin.hardwareAddress.length)
  frame.bytes.set(origin.hardwareAddress, at + 4)
}

/** VLAN tag and link-layer header; bridge family only. */
export function linkLayer(frame: Frame, rows: PartRows, { family: of, vlan, origin: { linkHeader } }: Packet): void {
  if (of !== family.bridge) return
  if (vlan) {
    const at = frame.attr(rows.vlan.id | nested, 16)
    const { bytes } = frame
    bytes.set([6, 0, 2, 0], at)
    putBe16(bytes, at + 4, vlan.tci)
    bytes.set([6, 0, 1, 0], at + 8)
    putBe16(bytes, at + 12, vlan.proto)
  }
  if (linkHeader) frame.raw(rows.l2hdr.id, linkHeader)
}

/** When the packet came in, where it is on its way in. */
export function timestamp(frame: Frame, rows: PartRows, { hookNumber }: Journey, at: bigint | undefined): void {
  if (at === undefined || hookNumber > hook.forward) return
  const place = frame.attr(rows.timestamp.id, 16)
  const seconds = Number(at / 1_000_000_000n)
  putBe32(frame.bytes, place, Math.floor(seconds / 2 ** 32))
  putBe32(frame.bytes, place + 4, seconds)
  putBe32(frame.bytes, place + 12, Number(at % 1_000_000_000n) / 1000)
}

/** User and group of the socket that sends it. */
export function owner(frame: Frame, rows: PartRows, { packet: { origin }, hasSocket }: Journey): void {
  if (!hasSocket || origin.uid === undefined || origin.gid === undefined) return
  frame.be32(rows.uid.id, origin.uid)
  frame.be32(rows.gid.id, origin.gid)
}

/** The packet's connection, and how it relates to it. */
export function connection(frame: Frame, rows: PartRows, part: ConnectionPart | undefined): void {
  if (!part) return
  frame.raw(rows.ct.id | nested, part.bytes)
  frame.be32(rows.ctInfo.id, part.info)
}
