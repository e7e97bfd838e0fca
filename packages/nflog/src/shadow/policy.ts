import type { Tuple } from '@nfkit/inet'
import type { IpPacket } from '@nfkit/ip-codec'
import type { PacketView } from '@nfkit/netlink-codec/packet-view'

/** What a verdict may change, as far as a shadow compares it. */
export interface ShadowChanges {
  /** Packet mark. */
  readonly mark?: number | undefined
}

/** The queue a packet is sent on to. */
export interface QueueNumber {
  /** 0 to 65535. */
  readonly queue: number
}

/** The words a policy may say, and where a packet may be sent on to. */
export type ShadowVerdict = 'accept' | 'drop' | 'repeat' | 'stop' | QueueNumber

/** What became of a packet: the decision that `queue.observe` of `@nfkit/nfqueue` tells is one. */
export interface LiveVerdict {
  /** The verdict it had. */
  readonly verdict: ShadowVerdict
  /** What the verdict changed. */
  readonly changes?: ShadowChanges | undefined
}

/** A packet a policy can judge: a queue's packet is one, and so is the copy a shadow hands out. */
export interface Judgeable extends PacketView<IpPacket> {
  /** What connection tracking would call the packet. */
  readonly tuple: Tuple | undefined
  /** Let it go on. */
  accept(changes?: ShadowChanges): void
  /** Free it. */
  drop(changes?: ShadowChanges): void
  /** Have the same hook function see it again. */
  repeat(changes?: ShadowChanges): void
  /** Let it pass without the hook functions that would follow. */
  stop(changes?: ShadowChanges): void
  /** Move it to another queue. */
  requeue(queue: number, changes?: ShadowChanges): void
}

/**
 * A handler as queues take it: it judges by a method of the packet, or by returning the verdict's name, or a promise of one. One that is written
 * for this type serves a queue and a shadow alike.
 */
export type ShadowPolicy = (packet: Judgeable) => ShadowReturned

/** What a policy may return: the verdict by its name, or anything but text, which says nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: functions declared to return nothing are handlers, too.
export type ShadowReturned = 'accept' | 'drop' | 'repeat' | 'stop' | object | null | undefined | void

/** How a verdict reads in a report: `accept`, `queue 3`, `accept mark 0x7`. */
export function verdictText({ verdict, changes }: LiveVerdict): string {
  const word = typeof verdict === 'string' ? verdict : `queue ${verdict.queue}`
  return changes?.mark === undefined ? word : `${word} mark 0x${changes.mark.toString(16)}`
}
