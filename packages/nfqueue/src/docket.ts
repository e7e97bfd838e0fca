import { be32, type DecodeError, nfqa, QueuedPacket, typeMask, u16 } from '@nfkit/netlink-codec'
import type { Burst } from './burst.ts'
import type { BatchChanges } from './changes.ts'
import type { Channel, Subscriber } from './channel.ts'
import { Counts } from './counts.ts'
import type { UnjudgedReason, VerdictError } from './errors.ts'
import type { QueueEvents } from './events.ts'
import { FlowJoin } from './flow-join.ts'
import type { FlowSource } from './flow-source.ts'
import { Intake, type IntakeOwner } from './intake.ts'
import { Overflow } from './overflow.ts'
import { Packet } from './packet.ts'
import { Pending } from './pending.ts'
import type { Settings } from './settings.ts'
import { statusOf } from './status.ts'
import { kindOf, type Verdict } from './verdict.ts'
import { Verdicts } from './verdicts.ts'

/** Where a docket's news go: `QueueEvents` by name. */
export type Tell = <K extends keyof QueueEvents>(event: K, ...what: QueueEvents[K]) => void

export interface DocketTerms {
  readonly number: number
  readonly settings: Settings
  readonly onUnjudged: Verdict
  readonly deadlineMilliseconds: number
  readonly flows: FlowSource | undefined
}

/** The packets of one queue between arrival and verdict. */
export class Docket implements Subscriber, IntakeOwner {
  readonly counts = new Counts()
  readonly intake = new Intake(this)
  readonly overflow: Overflow
  readonly #channel: Channel
  readonly #onUnjudged: Verdict
  readonly #tell: Tell
  readonly #pending: Pending
  readonly #verdicts: Verdicts
  // A queue that was just bound counts from 1 (instance_create).
  #lastId = 0
  #closing = false
  readonly #join: FlowJoin | undefined

  constructor(
    channel: Channel,
    { number, settings, onUnjudged, deadlineMilliseconds, flows }: DocketTerms,
    tell: Tell,
  ) {
    this.#join = flows && new FlowJoin(flows, (error) => tell('trouble', error as Error))
    this.overflow = new Overflow(settings, this.counts, tell, () => statusOf(channel, number))
    this.#channel = channel
    this.#onUnjudged = onUnjudged
    this.#tell = tell
    this.#pending = new Pending(deadlineMilliseconds, (packet) => {
      this.intake.withdraw(packet)
      this.leave(packet, 'deadline')
    })
    this.#verdicts = new Verdicts(channel, number, this.counts, this.#pending, this.#join)
  }

  get pending(): number {
    return this.#pending.size
  }

  receive(bytes: Uint8Array, start: number, end: number, burst: Burst): void {
    this.counts.received++
    let message: QueuedPacket
    try {
      message = new QueuedPacket(bytes, start, end)
    } catch (error) {
      this.#undecodable(bytes, start, end, error as DecodeError)
      return
    }
    this.#watchIds(message.id)
    if (this.overflow.failOpen) this.overflow.arrived(burst.arrivedAt, this.#pending.size)
    burst.hold()
    const packet = new Packet(this.#verdicts, message, burst)
    if (this.#closing) {
      this.leave(packet, 'closing')
      return
    }
    if (this.#join && !packet.flow) {
      this.#pending.add(packet)
      this.#join.resolve(packet, () => {
        if (packet.forgotten) this.intake.offer(packet)
      })
      return
    }
    this.intake.offer(packet)
    if (!packet.judged) this.#pending.add(packet)
  }

  /** See `Verdicts.judgeThrough`. */
  judgeThrough(last: Packet, verdict: Verdict, changes: BatchChanges): number {
    return this.#verdicts.judgeThrough(last, verdict, changes, (packet) => this.intake.withdraw(packet))
  }

  /** Give a packet the queue's own verdict, and say why. */
  leave(packet: Packet, reason: UnjudgedReason, error?: unknown): void {
    if (packet.judged) return
    this.#verdicts.judge(packet, this.#onUnjudged, undefined)
    this.#unjudged(packet.id, reason, error)
  }

  handlerFailed(packet: Packet, error: unknown): void {
    if (!this.#closing) this.#tell('handlerError', { packetId: packet.id, error })
  }

  saturated(on: boolean): void {
    if (on) this.#channel.saturated(this)
    else this.#channel.unsaturated(this)
  }

  verdictRefused(error: VerdictError): void {
    this.counts.verdictErrors++
    this.#tell('verdictError', error)
  }

  trouble(error: Error): void {
    this.#tell('trouble', error)
  }

  /** From now on every packet gets the queue's own verdict, those that wait first. */
  async close(): Promise<void> {
    this.#closing = true
    this.intake.end()
    for (const packet of this.#pending.values()) this.leave(packet, 'closing')
    this.#pending.stop()
    await this.#verdicts.marked()
  }

  #unjudged(packetId: number, reason: UnjudgedReason, error: unknown): void {
    this.counts.unjudged[reason]++
    this.#tell('unjudged', { packetId, reason, verdict: kindOf(this.#onUnjudged), error })
  }

  /** Ids count up by one; a packet lost for want of socket buffer leaves a gap (nfqnl_enqueue_packet). */
  #watchIds(id: number): void {
    const missing = (id - this.#lastId - 1) | 0
    // Kernels keep the order; whoever comes late elsewhere has been taken for lost already.
    if (missing < 0) return
    this.#lastId = id
    if (missing > 0) this.overflow.missing(missing)
  }

  /** The header comes first in every packet, so even a broken message usually says which packet it is. */
  #undecodable(bytes: Uint8Array, start: number, end: number, error: DecodeError): void {
    const header = start + 20
    const known =
      header + 11 <= end && (u16(bytes, header + 2) & typeMask) === nfqa.rows.packetHdr.id && u16(bytes, header) >= 11
    const id = known ? be32(bytes, header + 4) : undefined
    if (id === undefined) {
      this.#tell('trouble', error)
      return
    }
    this.#watchIds(id)
    this.#verdicts.judgeId(id, this.#onUnjudged)
    this.#unjudged(id, 'undecodable', error)
  }
}
