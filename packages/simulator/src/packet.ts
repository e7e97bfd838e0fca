import type { Connection } from './conntrack/table/connection.ts'
import type { Outcome, Reason, Stay } from './hooks/outcome.ts'
import type { HookFunction } from './hooks/priority.ts'
import type { Route } from './hooks/route.ts'
import type { Interface } from './interfaces.ts'
import type { Layout } from './layout.ts'
import type { Rule } from './rules/rule.ts'

/** `partial` is for hardware to complete, `verified` was right, `unverified` nobody looked at. */
export type ChecksumState = 'partial' | 'verified' | 'unverified'

const noSegments: readonly Outcome[] = []

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
  /** When it arrived, nanoseconds since 1970; `undefined` when nobody asked for such times. */
  readonly receivedAt: bigint | undefined
}

/** A packet on its way through the hooks: what the kernel calls an skb, and the state of its journey. */
export class Packet {
  bytes: Uint8Array
  layout: Layout | undefined
  readonly family: number
  readonly origin: PacketOrigin
  readonly route: Route
  mark: number
  priority: number
  checksum: ChecksumState
  /** Bytes of payload in each segment of a super-packet; 0 for an ordinary packet. */
  segmentSize: number
  vlan: { readonly tci: number; readonly proto: number } | undefined
  connection: Connection | undefined
  /** A value of `ctInfo`. */
  ctInfo = 0
  untracked = false
  /** What rules before connection tracking want for the connection. */
  template: Pick<Rule, 'helper' | 'timeoutPolicy' | 'zone'> | undefined
  /** Others carry the same connection. */
  cloned = false
  /** A port it passes was taken off its bridge meanwhile. */
  leftBridge = false
  /** Where on the route it is, and which function there has it. */
  point = 0
  hook: HookFunction | undefined
  /** The verdict of `deliver` itself at the hook it named. */
  ownVerdict: number
  queueId = 0
  /** Why it gets through, if it does. */
  passed: Reason = 'passed'
  /** Why a hook function of the kernel's own drops it. */
  dropReason: Reason | undefined
  stays: Stay[] = []
  settle: (outcome: Outcome) => void = () => {}

  constructor(
    bytes: Uint8Array,
    layout: Layout | undefined,
    family: number,
    origin: PacketOrigin,
    route: Route,
    more: Pick<Packet, 'mark' | 'priority' | 'checksum' | 'segmentSize' | 'vlan' | 'ownVerdict' | 'untracked'>,
  ) {
    this.bytes = bytes
    this.layout = layout
    this.family = family
    this.origin = origin
    this.route = route
    this.mark = more.mark
    this.priority = more.priority
    this.checksum = more.checksum
    this.segmentSize = more.segmentSize
    this.vlan = more.vlan
    this.ownVerdict = more.ownVerdict
    this.untracked = more.untracked
  }

  /** A value of `hook`: where it is now. */
  get hookNumber(): number {
    return this.route.points[this.point]!
  }
  get indev(): Interface | undefined {
    return this.route.hasInput(this.point) ? this.origin.indev : undefined
  }
  get outdev(): Interface | undefined {
    return this.route.hasOutput(this.point) ? this.origin.outdev : undefined
  }

  /** The end of the journey. */
  finish(verdict: Outcome['verdict'], reason: Reason): void {
    this.settle({
      verdict,
      reason,
      payload: this.bytes,
      mark: this.mark,
      priority: this.priority,
      connmark: this.connection?.mark,
      queues: this.stays,
      requeues: Math.max(0, this.stays.length - 1),
      segments: noSegments,
    })
  }
}
