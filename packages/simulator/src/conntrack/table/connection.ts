import { status } from '@nfkit/netlink-codec/conntrack'
import type { Timeouts } from '../objects/default-timeouts.ts'
import type { Helper } from '../objects/helper.ts'
import type { DccpTrack } from './state/dccp.ts'
import type { SctpTrack } from './state/sctp.ts'
import type { TcpTrack } from './state/tcp.ts'
import { inverse, type Tuple } from './tuple/tuple.ts'
import type { Zone } from './zone.ts'

export interface DirectionCounters {
  packets: bigint
  bytes: bigint
}

export interface SequenceAdjustment {
  correctionPos: number
  offsetBefore: number
  offsetAfter: number
}

/** State of events of one connection; connections without it have no events (struct nf_conntrack_ecache). */
export interface EventCache {
  /** Bits of `change` since the last event. */
  changes: number
  /** Bits an event was lost for. */
  missed: number
  /** The cause of its deletion, while its destroy event could not be delivered. */
  portId: number
}

/** `IPS_NAT_CLASH`: in the table by its reply direction alone. It has the bit of `untracked`, which connections do not need. */
export const natClash = status.untracked

/**
 * One tracked connection (struct nf_conn). Extensions are there or not from its creation on, as in the kernel. A table has many connections, which have few
 * of them: what is declared, and not set, takes no room before it is there.
 */
export class Connection {
  /** Opaque. */
  readonly id: number
  readonly original: Tuple
  #reply: Tuple | undefined
  readonly zone: Zone
  status = 0
  mark = 0
  /** Uptime in milliseconds at which it expires; before it is confirmed, how long it lives from then on. */
  expires = 0
  /** How many use it, besides the table. */
  references = 0
  /** From when on UDP traffic in both directions makes a stream: uptime in milliseconds. Long ago, for one that no packet began. */
  streamFrom = -1
  tcp: TcpTrack | undefined
  events: EventCache | undefined
  declare sctp: SctpTrack | undefined
  declare dccp: DccpTrack | undefined
  /** The timeouts with which a connection of GRE began. */
  declare gre: Timeouts | undefined
  declare master: Connection | undefined
  declare counters: readonly [DirectionCounters, DirectionCounters] | undefined
  declare start: bigint | undefined
  declare stop: bigint | undefined
  /** 16 bytes, if connections could have labels when it was made. */
  declare labels: Uint8Array | undefined
  /** `helper` is undefined when one was taken off. */
  declare help: { helper: Helper | undefined; info: Uint8Array | undefined } | undefined
  declare sequences: readonly [SequenceAdjustment, SequenceAdjustment] | undefined
  declare synproxy: { isn: number; its: number; tsoff: number } | undefined
  /** A timeout policy of its own. */
  declare timeouts: Timeouts | undefined

  /** `reply` is absent where the mirrored original is what replies look like. */
  constructor(id: number, original: Tuple, reply: Tuple | undefined, zone: Zone) {
    this.id = id
    this.original = original
    this.#reply = reply
    this.zone = zone
  }

  /** Differs from the mirrored original where addresses are translated. */
  get reply(): Tuple {
    return this.#reply ?? inverse(this.original)!
  }
  set reply(tuple: Tuple) {
    this.#reply = tuple
  }

  /** What packets of a direction look like. */
  tuple(reply: boolean): Tuple {
    return reply ? this.reply : this.original
  }

  /** By how much a helper moved the sequence numbers of a direction, at one of them (nf_ct_seq_offset). */
  offsetAt(reply: boolean, sequence: number): number {
    const moved = this.sequences?.[reply ? 1 : 0]
    if (!moved) return 0
    return ((moved.correctionPos - sequence) | 0) < 0 ? moved.offsetAfter : moved.offsetBefore
  }

  has(bit: number): boolean {
    return (this.status & bit) !== 0
  }

  get confirmed(): boolean {
    return this.has(status.confirmed)
  }

  /** Seconds left; of one that is not confirmed, its whole time. */
  secondsLeft(uptime: number): number {
    const left = this.confirmed ? this.expires - uptime : this.expires
    return Math.max(0, Math.floor(left / 1000))
  }

  expired(uptime: number): boolean {
    return this.confirmed && this.expires <= uptime
  }
}
