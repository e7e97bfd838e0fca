import { type hook, verdict as verdicts } from '@nfkit/netlink-codec'
import type { Packet } from '../packet.ts'

/** One function at a hook point. What it returns is a verdict: `NF_ACCEPT`, `NF_DROP`, or `NF_QUEUE` with a number and flags. */
export interface HookFunction {
  readonly name: string
  readonly priority: number
  run(packet: Packet): number
}

/** `NF_IP_PRI_*`: where in the order of one hook point things happen (include/uapi/linux/netfilter_ipv4.h). */
export const hookPriority = {
  raw: -300,
  defragmentation: -400,
  conntrack: -200,
  mangle: -150,
  dstnat: -100,
  filter: 0,
  security: 50,
  srcnat: 100,
  helper: 300,
  confirm: 0x7fff_ffff,
} as const

export type HookName = keyof typeof hook

/** `NF_VERDICT_FLAG_QUEUE_BYPASS`. */
export const bypassFlag = 0x8000

/** The verdict that hands a packet to a queue. */
export const queueVerdict = (number: number, bypass: boolean): number =>
  ((number << 16) | (bypass ? bypassFlag : 0) | 3) >>> 0

/** The low byte of a verdict, which says what to do; the rest is for queue verdicts. */
export const verdictMask = 0xff

/** Where `deliver` itself hands a packet to a queue. */
export const ownVerdict: HookFunction = {
  name: 'deliver',
  priority: hookPriority.filter,
  run: (packet) =>
    packet.ownVerdict !== 0 && packet.point === packet.route.named ? packet.ownVerdict : verdicts.accept,
}
