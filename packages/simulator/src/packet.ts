import { ctInfo } from '@nfkit/netlink-codec/nfqueue'
import type { Connection } from './conntrack/table/connection.ts'
import type { Template } from './conntrack/table/template.ts'
import type { Interface } from './interfaces.ts'
import type { Layout } from './layout.ts'

/** `partial` is for hardware to complete, `verified` was right, `unverified` nobody looked at. */
export type SkbChecksum = 'partial' | 'verified' | 'unverified'

/** What a packet knows besides its bytes. */
export interface PacketOrigin {
  readonly indev: Interface | undefined
  readonly outdev: Interface | undefined
  readonly physindev: Interface | undefined
  readonly physoutdev: Interface | undefined
  readonly hardwareAddress: Uint8Array | undefined
  readonly linkHeader: Uint8Array | undefined
  readonly uid: number | undefined
  readonly gid: number | undefined
  readonly classid: number
  readonly secctx: string | undefined
  /** When it arrived, nanoseconds since 1970; `undefined` when no socket asked for such times. */
  readonly receivedAt: bigint | undefined
}

/** What the kernel calls an skb. */
export class Packet {
  bytes: Uint8Array
  layout: Layout | undefined
  readonly family: number
  origin: PacketOrigin
  mark: number
  priority: number
  checksum: SkbChecksum
  /** What user space must leave of it: up to the layer-4 header, of which the kernel knows nothing in a packet from a raw IPv6 socket, and in a reset of its own. */
  least = 0
  /** Connection tracking found its checksum to be right, which is not forgotten when user space puts other bytes in. */
  foundRight = false
  /** User space had it, or a rule, and put other bytes in: what comes back in is looked at again. */
  rewritten = false
  /** Connection tracking verifies the checksum where it now is, if the protocol has one. */
  verifies = false
  /** Its sender asked for segments: its payload is in pages, and to grow it must be copied. */
  hasPages = false
  /** No socket sent it: it is a reset of the kernel's own, or a copy that has more room. */
  isOrphan = false
  /** Bytes of payload in each segment of a super-packet; 0 for an ordinary packet. */
  segmentSize: number
  vlan: { readonly tci: number; readonly proto: number } | undefined
  connection: Connection | undefined
  /** A value of `ctInfo`. */
  ctInfo = 0
  untracked: boolean
  /** What is in store for the connection it may begin. */
  template: Template | undefined
  /** Others carry the same connection. */
  cloned = false
  /** Of a segment that is not the first: how many of its super-packet, it among them, are still on their way. */
  company: { readonly left: number } | undefined
  /** `PACKET_HOST` and its like: to whom its frame was. */
  pktType = 0
  /** Rules say what they make of it (`meta nftrace set 1`). */
  isTraced = false
  /** What they call it; 0 before they say something. */
  traceId = 0

  constructor(
    bytes: Uint8Array,
    layout: Layout | undefined,
    family: number,
    origin: PacketOrigin,
    more: Pick<Packet, 'mark' | 'priority' | 'checksum' | 'segmentSize' | 'vlan' | 'untracked'>,
  ) {
    this.bytes = bytes
    this.layout = layout
    this.family = family
    this.origin = origin
    this.mark = more.mark
    this.priority = more.priority
    this.checksum = more.checksum
    this.segmentSize = more.segmentSize
    this.vlan = more.vlan
    this.untracked = more.untracked
  }

  /** Whether it is a segment that comes back before the first of its super-packet has made their connection, and others share it (nf_ct_drop_unconfirmed). */
  get isStray(): boolean {
    return this.company !== undefined && this.company.left > 1 && this.connection?.confirmed === false
  }

  /** Whether it goes in the reply direction of its connection. */
  get isReply(): boolean {
    return this.ctInfo === ctInfo.establishedReply || this.ctInfo === ctInfo.relatedReply
  }
}
