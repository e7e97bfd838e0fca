import { hook } from '@nfkit/netlink-codec/nfnetlink'
import type { Interface } from '../interfaces.ts'
import type { Packet } from '../packet.ts'
import type { Outcome, Reason, Stay } from './outcome.ts'
import type { PathStep } from './path.ts'
import type { Route } from './route.ts'

/**
 * One function at a hook point. What it returns is a verdict: `NF_ACCEPT`, `NF_DROP`, `NF_QUEUE` with a number and flags, or `NF_STOLEN` when it
 * keeps the packet.
 */
export interface HookFunction {
  readonly name: string
  readonly priority: number
  /** What outcomes name when it drops; `rule` when absent. */
  readonly reason?: Reason
  run(journey: Journey): number
}

const noSegments: readonly Outcome[] = Object.freeze([])
const noStays: readonly Stay[] = Object.freeze([])
const noPath: readonly PathStep[] = Object.freeze([])
const nobody = () => {}

/** A packet on its way through the hooks: where it is (struct nf_hook_state), where it waited, and who is told of its end. */
export class Journey {
  readonly packet: Packet
  readonly route: Route
  /** Where on the route it is, and the index of the function there that has it. */
  point = 0
  hook = 0
  /** The verdict of `deliver` itself at the hook it named; 0 for none. */
  readonly ownVerdict: number
  /** A port it passes was taken off its bridge meanwhile. */
  leftBridge = false
  /** User space cut its destination off on its way out: it cannot be routed again. */
  isLost = false
  /** Why it gets through, if it does. */
  passed: Reason = 'passed'
  stays: readonly Stay[] = noStays
  /** What it met in nf_tables. Paths of one step or none are shared. */
  path: readonly PathStep[] = noPath
  /** What its sender was told, if it was rejected. */
  answer: Uint8Array | undefined
  /** The kernel sends it in the name of another host: a reset of what was not for this one. */
  isInNameOfOther = false
  /** Where OUTPUT sees it leave, if that is not where it leaves once its destination is translated back. */
  firstOutdev: Interface | undefined
  settle: (outcome: Outcome) => void = nobody

  constructor(packet: Packet, route: Route, ownVerdict: number) {
    this.packet = packet
    this.route = route
    this.ownVerdict = ownVerdict
  }

  /** A value of `hook`: where it is now. */
  get hookNumber(): number {
    return this.route.points[this.point]!
  }
  get indev(): Interface | undefined {
    return this.route.hasInput(this.point) ? this.packet.origin.indev : undefined
  }
  get outdev(): Interface | undefined {
    if (!this.route.hasOutput(this.point)) return undefined
    return this.hookNumber === hook.output && this.firstOutdev ? this.firstOutdev : this.packet.origin.outdev
  }

  /** It left, and is just coming in again. */
  get comesBack(): boolean {
    return this.point > 0 && this.hookNumber === hook.prerouting
  }
  /** Whether the local socket that sends it is known: the loopback device forgets it. */
  get hasSocket(): boolean {
    return this.route.points[0] !== hook.output || this.route.hasOutput(this.point)
  }

  /** It waits in a queue. */
  stay(stay: Stay): void {
    // Mostly it is the only one, and what is pushed makes room for more.
    this.stays = this.stays.length === 0 ? [stay] : [...this.stays, stay]
  }

  /** A journey of another packet that goes on from here. */
  branch(packet: Packet): Journey {
    const branch = new Journey(packet, this.route, this.ownVerdict)
    branch.point = this.point
    branch.hook = this.hook
    branch.path = [...this.path]
    return branch
  }

  /** The end of the journey. */
  finish(verdict: Outcome['verdict'], reason: Reason): void {
    const { bytes, checksum, mark, priority, connection } = this.packet
    this.settle({
      verdict,
      reason,
      payload: bytes,
      checksum,
      mark,
      priority,
      connmark: connection?.mark,
      queues: this.stays,
      requeues: Math.max(0, this.stays.length - 1),
      segments: noSegments,
      answer: this.answer,
      path: this.path,
    })
  }
}
