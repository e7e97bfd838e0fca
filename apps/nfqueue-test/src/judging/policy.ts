import type { Packet, Verdict } from '@nfkit/nfqueue'
import type { Decision } from '../decision.ts'

/** What is done with every packet. */
export interface Policy {
  readonly verdict: Verdict
  readonly mark?: number | undefined
  /** `count`: the packet's number, from 1, as the original program counted. */
  readonly connmark?: number | 'count' | undefined
}

/** The decision on the `count`-th packet. */
export function decide({ verdict, mark, connmark }: Policy, count: number): Decision {
  return { verdict, changes: { mark, connmark: connmark === 'count' ? count : connmark } }
}

export function carryOut(packet: Packet, { verdict, changes }: Decision): void {
  if (typeof verdict === 'string') packet[verdict](changes)
  else packet.requeue(verdict.queue, { ...changes, bypass: verdict.bypass ?? false })
}
