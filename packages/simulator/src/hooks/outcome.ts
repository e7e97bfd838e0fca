import type { SkbChecksum } from '../packet.ts'
import type { PathStep } from './path.ts'

/** Why a packet ended as it did. */
export type Reason =
  /** It went all the way: no rule, or no verdict, said otherwise. */
  | 'passed'
  /** User space said so. */
  | 'verdict'
  /** A rule said so. */
  | 'rule'
  /** No program listened to the queue, and the rule bypasses it. */
  | 'bypass'
  | 'no listener'
  /** The queue was never told to copy anything: its mode is `none`. */
  | 'copy mode none'
  | 'queue full'
  /** The owner's receive buffer did not take it. */
  | 'socket full'
  /** The queue was full, or its owner's buffer, and it lets packets pass then. */
  | 'fail open'
  /** A rewritten payload was shorter than the headers, or refused by the kernel's checks. */
  | 'bad payload'
  /** It came back in over the loopback device, and its IP header did not fit it any more. */
  | 'malformed'
  /** It was to be forwarded, and its time to live, or hop limit, was used up: its sender was told. */
  | 'hop limit'
  /** VLAN or link-layer header of a verdict did not fit. */
  | 'bad link header'
  | 'unbound'
  | 'owner closed'
  | 'interface down'
  | 'left bridge'
  | 'hook removed'
  | 'namespace exit'
  /** Several packets share its connection, which is not confirmed yet. */
  | 'shared connection'
  /** Fragments did not fit together, or one of them did not come in time. */
  | 'fragment'
  /** Connection tracking found it impossible, or its table is full. */
  | 'conntrack'

/** One stay of a packet in a queue. */
export interface Stay {
  /** Number of the queue. */
  readonly queue: number
  /** Its number there. */
  readonly id: number
}

/** What became of a delivered packet. */
export interface Outcome {
  /** Whether the packet went on. */
  readonly verdict: 'accept' | 'drop'
  /** Why it ended so. */
  readonly reason: Reason
  /** From the network header on, as rewritten. */
  readonly payload: Uint8Array
  /** Whether its receiver still has to look at the checksum of TCP, UDP or ICMPv6. */
  readonly checksum: SkbChecksum
  /** Packet mark at the end. */
  readonly mark: number
  /** Packet priority at the end. */
  readonly priority: number
  /** Mark of its connection; `undefined` when it has none. */
  readonly connmark: number | undefined
  /** Every queue it waited in, in order. */
  readonly queues: readonly Stay[]
  /** How often it was queued again after the first time. */
  readonly requeues: number
  /** Of a super-packet that was cut into segments: what became of each. */
  readonly segments: readonly Outcome[]
  /**
   * What the kernel sent back for a rule that rejects, or when hops were used up, from the network header on: a reset, or an ICMP error. It
   * passes OUTPUT and POSTROUTING on its way. `undefined` when there was no reason, and for what must not be answered: errors, resets,
   * damaged packets.
   */
  readonly answer: Uint8Array | undefined
  /**
   * What it met in nf_tables, in order: rules that matched, and policies. Where nf_tables dropped it the last step says so. `kernel.rules` are
   * not on it, and what came of an answer is not, either.
   */
  readonly path: readonly PathStep[]
}
