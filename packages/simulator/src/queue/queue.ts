import { copyMode } from '@nfkit/netlink-codec/nfqueue'
import type { Journey } from '../hooks/journey.ts'
import { Waiting } from '../hooks/waiting.ts'

/** The most of a packet that fits into one attribute: 65535 less the attribute's header. */
export const largestCopy = 0xffff - 4
const defaultLength = 1024

/** One queue, from its owner's BIND to UNBIND or close (struct nfqnl_instance, net/netfilter/nfnetlink_queue.c). */
export class Queue {
  readonly number: number
  /** The port id of the socket that bound it. */
  portId: number
  copyMode: number = copyMode.none
  copyRange: number = largestCopy
  maxLength = defaultLength
  flags = 0
  /** The number the last packet got; it wraps to 0. */
  lastId = 0
  /** Packets dropped because the queue was full. */
  dropped = 0
  /** Packets dropped because the owner's receive buffer did not take them. */
  userDropped = 0
  /** Packets that wait for a verdict, oldest first. */
  readonly waiting = new Waiting<number, Journey>()

  constructor(number: number, portId: number) {
    this.number = number
    this.portId = portId
  }

  /** The number the next packet gets. */
  get followingId(): number {
    return (this.lastId + 1) >>> 0
  }

  nextId(): number {
    this.lastId = this.followingId
    return this.lastId
  }
}
