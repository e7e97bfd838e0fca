import type { UnjudgedReason } from '../errors.ts'
import type { VerdictKind } from '../packet/verdict.ts'

/** What a queue has done since it was opened. */
export interface QueueStats {
  /** Packets the kernel handed over. */
  readonly received: number
  /** Verdicts given, by kind, those the queue itself gave included. Those without effect are among `verdictErrors`, too. */
  readonly verdicts: Readonly<Record<VerdictKind, number>>
  /** Packets left to the queue, by reason. */
  readonly unjudged: Readonly<Record<UnjudgedReason, number>>
  /** Packets that wait for a verdict now. */
  readonly pending: number
  /** Ids that never came: packets dropped because the socket was full. */
  readonly lost: number
  /** Ids that never came: packets accepted unseen because the socket was full, with `failOpen`. A full queue's are not counted by the kernel. */
  readonly passed: number
  /** Verdicts the kernel refused, or that could not be sent before the queue was closed. */
  readonly verdictErrors: number
  /** Verdicts of the program for packets the queue had judged already. */
  readonly lateVerdicts: number
  /** Datagrams the kernel could not queue to the socket, all queues on it together. */
  readonly socketDropped: number
  /** Packets the kernel dropped because `maxLength` waited; 0 where its table of queues cannot be read. */
  readonly queueDropped: number
}

export class Counts {
  received = 0
  lost = 0
  passed = 0
  verdictErrors = 0
  lateVerdicts = 0
  readonly verdicts: Record<VerdictKind, number> = { accept: 0, drop: 0, repeat: 0, stop: 0, queue: 0 }
  readonly unjudged: Record<UnjudgedReason, number> = {
    threw: 0,
    rejected: 0,
    forgotten: 0,
    deadline: 0,
    closing: 0,
    handover: 0,
    undecodable: 0,
  }

  snapshot(pending: number, socketDropped: number, queueDropped: number): QueueStats {
    const { received, lost, passed, verdictErrors, lateVerdicts } = this
    const verdicts = { ...this.verdicts }
    const unjudged = { ...this.unjudged }
    return {
      received,
      verdicts,
      unjudged,
      pending,
      lost,
      passed,
      verdictErrors,
      lateVerdicts,
      socketDropped,
      queueDropped,
    }
  }
}
