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

/**
 * The ids of a queue's packets: they count up by one, and one lost for want of socket buffer leaves a gap. A kernel numbers a packet and puts
 * its message into the socket under one lock, so that they come in order (__nfqnl_enqueue_packet, net/netfilter/nfnetlink_queue.c).
 */
export class PacketIds {
  /** Whether every one was newer than the one before. */
  inOrder = true
  #last: number | undefined
  #began: ((first: number) => void) | undefined

  /**
   * `last` is the one before the first: 0 of a queue that was just bound (instance_create), `undefined` where a program before may have read
   * some. `began` hears of the first one then.
   */
  constructor(last: number | undefined, began?: (first: number) => void) {
    this.#last = last
    this.#began = began
  }

  /** The newest that came; `undefined` where none is known. */
  get last(): number | undefined {
    return this.#last
  }

  /** How many are missing between the last one and this. */
  missingBefore(id: number): number {
    this.#last ??= this.#begin(id)
    const missing = (id - this.#last - 1) | 0
    // The kernel delivers ids in order. A transport that does not delivers a packet that was already counted as lost.
    if (missing < 0) {
      this.inOrder = false
      return 0
    }
    this.#last = id
    return missing
  }

  #begin(first: number): number {
    this.#began?.(first)
    return first - 1
  }
}
