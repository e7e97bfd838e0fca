import { nfqa, vlan as vlanTable } from '@nfkit/netlink-codec/nfqueue'
import type { Attributes } from '../netlink/attributes.ts'
import { policyOf } from '../netlink/policy.ts'
import type { Packet } from '../packet.ts'

const vlanPolicy = policyOf(vlanTable)

/** What a verdict changes below the network header, in the bridge family (nfqa_parse_bridge). False when it does not fit. */
export function replaceLinkLayer(packet: Packet, attributes: Attributes): boolean {
  if (attributes.has(nfqa.rows.vlan)) {
    const tag = attributes.nest(nfqa.rows.vlan, vlanPolicy)
    if (typeof tag === 'number') return false
    const tci = tag.be16(vlanTable.rows.tci)
    const proto = tag.be16(vlanTable.rows.proto)
    if (tci === undefined || proto === undefined) return false
    packet.vlan = { tci, proto }
  }
  const header = attributes.payload(nfqa.rows.l2hdr)
  if (header === undefined) return true
  const { linkHeader } = packet.origin
  if (header.length !== (linkHeader?.length ?? 0)) return false
  linkHeader?.set(header)
  return true
}
