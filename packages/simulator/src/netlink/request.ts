import { be16, u16, u32 } from '@nfkit/netlink-codec'
import type { NetlinkSocket } from '../socket/netlink-socket.ts'
import type { Attributes } from './attributes.ts'

/** One message a socket sent, past the checks every message goes through. */
export class Request {
  readonly socket: NetlinkSocket
  /** The datagram, and where in it the message is. */
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  readonly attributes: Attributes

  constructor(socket: NetlinkSocket, bytes: Uint8Array, start: number, end: number, attributes: Attributes) {
    this.socket = socket
    this.bytes = bytes
    this.start = start
    this.end = end
    this.attributes = attributes
  }

  get type(): number {
    return u16(this.bytes, this.start + 4)
  }
  get flags(): number {
    return u16(this.bytes, this.start + 6)
  }
  get sequence(): number {
    return u32(this.bytes, this.start + 8)
  }
  get portId(): number {
    return this.socket.portId
  }
  get family(): number {
    return this.bytes[this.start + 16]!
  }
  get version(): number {
    return this.bytes[this.start + 17]!
  }
  get resourceId(): number {
    return be16(this.bytes, this.start + 18)
  }
}

/** Answers 0 or an errno, or `dumping`: then the dump's own end is the answer. */
export type Handler = (request: Request) => number

/** What a handler returns when a dump began. */
export const dumping = -1
