import { isoTime } from '@nfkit/netlink-codec'
import type { FlowEvent } from '../events/event.ts'

/** When a change happened, as well as is known. */
export class ChangeTime {
  /** Nanoseconds since 1970. */
  readonly timestampNs: bigint
  /**
   * Whose clock it is: `kernel`, at the moment of the change, needs net.netfilter.nf_conntrack_timestamp when the connection began, and but for
   * ends of connections Linux 6.14; `reader`, in milliseconds, is this program's, which learnt of the change later.
   */
  readonly clock: 'kernel' | 'reader'

  constructor(timestampNs: bigint, clock: ChangeTime['clock']) {
    this.timestampNs = timestampNs
    this.clock = clock
  }

  /** This moment. */
  static now(): ChangeTime {
    return new ChangeTime(BigInt(Date.now()) * 1_000_000n, 'reader')
  }

  /** The time an event tells; this moment where it tells none. */
  static of({ kind, flow }: FlowEvent): ChangeTime {
    const told = flow.eventNs ?? (kind === 'destroy' ? flow.stopNs : undefined)
    return told ? new ChangeTime(told, 'kernel') : ChangeTime.now()
  }

  /** ISO 8601: `2026-01-31T12:00:00.123456789Z`. */
  toString(): string {
    return isoTime(this.timestampNs)
  }

  /** Plain data: what `JSON.stringify` prints. */
  toJSON(): { at: string; clock: 'kernel' | 'reader' } {
    return { at: `${this}`, clock: this.clock }
  }
}
