import type { Packet } from '@nfkit/nfqueue'

/** No rule queues yet: packets come here when one does. */
export default function judge(packet: Packet): void {
  packet.accept()
}
