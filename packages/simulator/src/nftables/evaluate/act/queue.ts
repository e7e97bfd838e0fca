import { u32 } from '@nfkit/netlink-codec'
import { type ExpressionData, nftFlags } from '@nfkit/netlink-codec/nftables'
import { queueVerdict } from '../../../hooks/verdict.ts'
import type { Packet } from '../../../packet.ts'
import { balanced } from '../../../rules/balance.ts'
import type { Step } from '../../state/chain.ts'
import { type Context, needed, registerOf } from '../context.ts'
import type { EvaluateHost } from '../host.ts'

/** Which queues a packet may go to, and how they share. */
export interface Queues {
  readonly first: number
  readonly count: number
  readonly bypass: boolean
  /** By processor, and not by addresses. */
  readonly fanout: boolean
}

/** Hands packets to a queue (nft_queue_eval, nfqueue_tg_v3). */
export function queueing({ first, count, bypass, fanout }: Queues, host: EvaluateHost): Step {
  if (count === 1) {
    const verdict = queueVerdict(first, bypass)
    return () => verdict
  }
  const share = (packet: Packet) => (fanout ? host.processor() % count : balanced(packet, count, host.seed))
  return ({ journey }) => queueVerdict(first + share(journey.packet), bypass)
}

const bits = nftFlags.queue

/** net/netfilter/nft_queue.c. */
export function queue(data: ExpressionData<'queue'>, { host }: Context): Step {
  const { num, total = 1, flags = 0, sregQnum } = data
  const bypass = (flags & bits.bypass) !== 0
  if (sregQnum === undefined)
    return queueing({ first: needed(num), count: total, bypass, fanout: (flags & bits.cpuFanout) !== 0 }, host)
  const at = registerOf(sregQnum)
  return ({ registers }) => queueVerdict(u32(registers, at) & 0xffff, bypass)
}
