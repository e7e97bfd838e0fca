import { printable } from '@nfkit/netlink-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import type { Decision, Packet } from '@nfkit/nfqueue'
import { decisionText } from './decision.ts'
import { flowText } from './flow-line.ts'
import { column, faint, strong } from './style.ts'
import { timeText } from './time.ts'
import { markText } from './unit.ts'

const families: { readonly [family: number]: string } = {
  [family.ipv4]: 'IPv4',
  [family.ipv6]: 'IPv6',
  [family.bridge]: 'bridge',
  [family.arp]: 'ARP',
}

/**
 * A packet in one line: when, where, what, what is done with it, and its connection. Where the kernel does not say when it received a
 * live packet, it is when that was read.
 */
export function packetText(packet: Packet, decision: Decision, isLive: boolean): string {
  const { ip, flow } = packet
  const kind = families[packet.family] ?? `family ${packet.family}`
  const what = ip
    ? `${ip}`
    : `${kind} type 0x${packet.hwProtocol.toString(16).padStart(4, '0')}, ${packet.length ?? 'unknown'} bytes`
  const head = `${faint(whenText(packet, isLive))} ${strong(column(`#${packet.id}`, 5))} queue ${packet.queue} ${column(pathText(packet), 16)}  ${column(what, 56)}`
  const mark = packet.mark === 0 ? '' : `  mark ${markText(packet.mark)}`
  const connection = flow ? `  ${faint(flowText(flow, packet.ctInfo))}` : ''
  return `${head}${mark}  ${decisionText(decision)}${connection}\n`
}

function whenText({ timestampNs, arrivedAt }: Packet, isLive: boolean): string {
  if (timestampNs !== undefined) return timeText(timestampNs)
  return isLive ? timeText(BigInt(Math.round(1_000 * (performance.timeOrigin + arrivedAt))) * 1_000n) : ' '.repeat(15)
}

function pathText(packet: Packet): string {
  const from = packet.indev === undefined ? '' : ` in ${printable(packet.indevName ?? `${packet.indev}`)}`
  const to = packet.outdev === undefined ? '' : ` out ${printable(packet.outdevName ?? `${packet.outdev}`)}`
  return `${packet.hook}${from}${to}`
}
