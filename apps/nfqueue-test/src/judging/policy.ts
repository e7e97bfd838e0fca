import type { Packet, Returned, Verdict } from '@nfkit/nfqueue'

/** Judges a packet. `count`: the how-manieth packet it is. */
export type Judge = (packet: Packet, count: number) => Returned

/** What is done with every packet. */
export interface Policy {
  readonly verdict: Verdict
  readonly mark?: number | undefined
  /** `count`: the packet's number, from 1, as the original program counted. */
  readonly connmark?: number | 'count' | undefined
}

/** The same for every packet. */
export const policyJudge =
  ({ verdict, mark, connmark }: Policy): Judge =>
  (packet, count) => {
    const isPlain = mark === undefined && connmark === undefined
    const changes = isPlain ? undefined : { mark, connmark: connmark === 'count' ? count : connmark }
    if (typeof verdict === 'string') packet[verdict](changes)
    else packet.requeue(verdict.queue, { ...changes, bypass: verdict.bypass ?? false })
  }
