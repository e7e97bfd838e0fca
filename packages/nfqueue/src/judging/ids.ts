import { be32 } from '@nfkit/inet/bytes'
import { typeMask, u16 } from '@nfkit/netlink-codec'
import { nfqa } from '@nfkit/netlink-codec/nfqueue'

const headers = 20

/** The id in a packet message that cannot be decoded: its header comes first, so it is usually there. */
export function packetIdOf(bytes: Uint8Array, start: number, end: number): number | undefined {
  const header = start + headers
  const known =
    header + 11 <= end && (u16(bytes, header + 2) & typeMask) === nfqa.rows.packetHdr.id && u16(bytes, header) >= 11
  return known ? be32(bytes, header + 4) : undefined
}

/** The ids of a queue's packets: they count up by one, and one lost for want of socket buffer leaves a gap (nfqnl_enqueue_packet). */
export class PacketIds {
  // A queue that was just bound counts from 1 (instance_create).
  #last = 0

  /** How many are missing between the last one and this. */
  missingBefore(id: number): number {
    const missing = (id - this.#last - 1) | 0
    // The kernel delivers ids in order. A transport that does not delivers a packet that was already counted as lost.
    if (missing < 0) return 0
    this.#last = id
    return missing
  }
}
