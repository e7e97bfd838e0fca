import type { Message } from '@nfkit/netlink-codec'
import { netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import type { Endpoint } from '../socket/endpoint.ts'
import type { Attributes } from './attributes.ts'

/** One message a socket sent, past the checks every message goes through. */
export class Request {
  readonly socket: Endpoint
  /** In the datagram it came in. */
  readonly message: Message
  readonly attributes: Attributes

  constructor(socket: Endpoint, message: Message, attributes: Attributes) {
    this.socket = socket
    this.message = message
    this.attributes = attributes
  }

  /** Of who sent it; what its header says there counts for nothing. */
  get portId(): number {
    return this.socket.portId
  }
  get flags(): number {
    return this.message.flags
  }
  get sequence(): number {
    return this.message.sequence
  }
  get family(): number {
    return netfilterOf(this.message).family
  }
  get version(): number {
    return netfilterOf(this.message).version
  }
  get resourceId(): number {
    return netfilterOf(this.message).resourceId
  }
}

/** Answers 0 or an errno, or `dumping`: then the dump's own end is the answer. */
export type Handler = (request: Request) => number

/** What a handler returns when a dump began. */
export const dumping = -1
