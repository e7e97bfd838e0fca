import { viewLine } from '@nfkit/netlink-codec/packet-view'
import type { QueuedPacketView } from './view.ts'

/** One line for people: `queue 0 input in eth0 10.0.0.1:40000 > 10.0.0.2:22 tcp SYN, 60 bytes mark 0x7`. */
export const packetLine = (packet: QueuedPacketView): string =>
  `queue ${packet.queue} ${viewLine(packet, packet.length)}`
