import { printable } from '@nfkit/netlink-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import type { Decision, Packet } from '@nfkit/nfqueue'
import { decisionText } from './decision.ts'
import { flowText } from './flow-line.ts'
import { column, faint, strong } from './style.ts'
import { timeText } from './time.ts'

const families: { readonly [family: number]: string } = {
  [family.ipv4]: 'IPv4',
  [family.ipv6]: 'IPv6',
  [family.bridge]: 'bridge',
  [family.arp]: 'ARP',
}

/** A packet and what is done with it: one line of essentials, one of times and connection. */
export function packetText(packet: Packet, decision: Decision): string {
  const { ip } = packet
  const kind = families[packet.family] ?? `family ${packet.family}`
  const what = ip
    ? `${ip}`
    : `type 0x${packet.hwProtocol.toString(16).padStart(4, '0')}, ${packet.length ?? 'unknown'} bytes`
  const head = `${strong(column(`#${packet.id}`, 5))} queue ${packet.queue} ${column(pathText(packet), 16)}  ${kind} ${column(what, 56)}`
  const mark = packet.mark === 0 ? '' : `  mark 0x${packet.mark.toString(16)}`
  const kernel = packet.timestampNs === undefined ? 'no receive time' : `received ${timeText(packet.timestampNs)}`
  const here = `here ${timeText(BigInt(Date.now()) * 1_000_000n)}`
  const { flow } = packet
  const connection = flow ? flowText(flow, packet.ctInfo) : 'no connection'
  return `${head}${mark}  ${decisionText(decision)}\n${faint(`    ${kernel}, ${here}; ${connection}`)}\n`
}

function pathText(packet: Packet): string {
  const from = packet.indev === undefined ? '' : ` in ${printable(packet.indevName ?? `${packet.indev}`)}`
  const to = packet.outdev === undefined ? '' : ` out ${printable(packet.outdevName ?? `${packet.outdev}`)}`
  return `${packet.hook}${from}${to}`
}
