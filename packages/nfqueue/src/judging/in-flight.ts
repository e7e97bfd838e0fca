import type { DecodeError } from '@nfkit/netlink-codec'
import { type Ending, type UnjudgedReason, VerdictError } from '../errors.ts'
import type { LateVerdict, Tell } from '../events.ts'
import { Connmarks } from '../flows/connmarks.ts'
import { FlowJoin } from '../flows/join.ts'
import type { FlowSource } from '../flows/source.ts'
import type { Burst } from '../packet/burst.ts'
import type { BatchChanges } from '../packet/changes.ts'
import type { Memory } from '../packet/memory.ts'
import { Packet } from '../packet/packet.ts'
import { kindOf, type Verdict, type VerdictKind } from '../packet/verdict.ts'
import type { Settings } from '../settings/settings.ts'
import type { Channel } from '../socket/channel.ts'
import type { Subscriber } from '../socket/subscriber.ts'
import { Trouble } from '../socket/trouble.ts'
import { statusOf } from '../status.ts'
import { Consumer, type ConsumerOwner } from './consumer.ts'
import { Counts } from './counts.ts'
import { Deadlines } from './deadlines.ts'
import { QueueJudge, type QueueJudgeOwner } from './judge.ts'
import type { Observers } from './observers.ts'
import { Overflow } from './overflow.ts'
import { Undecodable, type UndecodableOwner } from './undecodable.ts'

/** How long closing waits for connmarks that are being set. */
const markMilliseconds = 500

export interface InFlightTerms {
  readonly number: number
  readonly settings: Settings
  readonly onUnjudged: Verdict
  readonly deadlineMilliseconds: number
  readonly flows: FlowSource | undefined
  readonly batchVerdicts: boolean
}

/** What becomes of a packet whose queue ends before its verdict could be sent. */
const fates = { closing: 'drop', handover: 'repeat' } as const

/** The packets of one queue between arrival and verdict: each is pending from the one to the other. */
export class InFlight implements Subscriber, ConsumerOwner, QueueJudgeOwner, UndecodableOwner {
  readonly number: number
  readonly channel: Channel
  readonly counts = new Counts()
  readonly consumer = new Consumer(this)
  readonly overflow: Overflow
  readonly pending: Deadlines
  readonly connmarks: Connmarks | undefined
  readonly #join: FlowJoin | undefined
  readonly #verdicts: QueueJudge
  readonly #onUnjudged: Verdict
  readonly #tell: Tell
  readonly #ended: () => void
  /** Packets whose verdict by the queue waits for room in the outbox. */
  readonly #stuck = new Set<Packet>()
  readonly #undecodable = new Undecodable(this)
  readonly #flowTrouble = new Trouble((error) => this.trouble(error))
  #ending: Ending | undefined
  #removed = false

  /** `ended` hears that the socket is closed. */
  constructor(channel: Channel, terms: InFlightTerms, tell: Tell, ended: () => void) {
    const { number, settings, onUnjudged, deadlineMilliseconds, flows, batchVerdicts } = terms
    this.number = number
    this.channel = channel
    this.#onUnjudged = onUnjudged
    this.#tell = tell
    this.#ended = ended
    this.overflow = new Overflow(settings, this.counts, tell, () => statusOf(channel, number), !channel.inherited)
    this.pending = new Deadlines(deadlineMilliseconds, (late) => this.#expire(late))
    this.connmarks = flows && new Connmarks(flows, this)
    this.#join = flows && new FlowJoin(flows, this)
    this.#verdicts = new QueueJudge(this, batchVerdicts)
  }

  get isBehind(): boolean {
    return this.pending.size > 0
  }

  receive(memory: Memory, start: number, end: number, burst: Burst): boolean {
    this.counts.received++
    let packet: Packet
    try {
      packet = Packet.of(this.#verdicts, burst, memory, start, end)
    } catch (error) {
      this.#undecodable.arrived(memory.bytes, start, end, error as DecodeError)
      return false
    }
    this.overflow.came(packet.id)
    if (this.overflow.failOpen) this.overflow.arrived(burst.arrivedAt, this.pending.size)
    memory.hold()
    this.pending.add(packet)
    if (this.#ending) this.leave(packet, this.#ending)
    else if (this.#join) this.#join.resolve(packet)
    else this.consumer.offer(packet)
    return !packet.judged && !packet.isHeld
  }

  missed(): void {
    this.overflow.missed()
  }

  /** The packet has its flow, if there is one. */
  ready(packet: Packet): void {
    if (packet.forgotten) this.consumer.offer(packet)
  }

  /** Who sees every decision. */
  get observers(): Observers {
    return this.#verdicts.observers
  }

  /** See `QueueJudge.judgeThrough`. */
  judgeThrough(last: Packet, verdict: Verdict, changes: BatchChanges): number {
    const judged = this.#verdicts.judgeThrough(last, verdict, changes)
    this.consumer.withdraw(judged.filter((packet) => packet !== last))
    return judged.length
  }

  /** Give a packet the queue's own verdict, and say why. Never throws: a verdict that cannot be sent now is sent when the socket takes it. */
  leave(packet: Packet, reason: UnjudgedReason, error?: unknown): void {
    if (packet.judged || this.#stuck.has(packet)) return
    if (this.#removed) {
      this.#gone(packet, undefined)
      return
    }
    const verdict = reason === 'handover' ? fates.handover : this.#onUnjudged
    try {
      this.#verdicts.leave(packet, verdict, reason)
    } catch {
      this.#stuck.add(packet)
      this.retry(() => {
        this.#stuck.delete(packet)
        this.leave(packet, reason, error)
      })
      return
    }
    this.#unjudged(packet.id, reason, kindOf(verdict), error)
  }

  leaveId(id: number, error: DecodeError, dropped: boolean): void {
    if (!dropped) this.#verdicts.judgeId(id, this.#onUnjudged)
    this.#unjudged(id, 'undecodable', dropped ? 'drop' : kindOf(this.#onUnjudged), error)
  }

  handlerFailed(packet: Packet, error: unknown): void {
    if (!this.#ending) this.#tell('handlerError', { packetId: packet.id, error })
  }

  saturated(on: boolean): void {
    if (on) this.channel.reading.saturated(this)
    else this.channel.reading.unsaturated(this)
  }

  late(verdict: LateVerdict): void {
    this.#tell('lateVerdict', verdict)
  }

  verdictRefused(error: VerdictError): void {
    this.counts.verdictErrors++
    this.#tell('verdictError', error)
  }

  trouble(error: Error): void {
    this.#tell('trouble', error)
  }

  failed(error: unknown): void {
    this.#flowTrouble.tell(error instanceof Error ? error : new Error('the flow source failed', { cause: error }))
  }

  retry(again: () => void): void {
    this.channel.retry(again)
  }

  emptied(): Promise<void> {
    return this.channel.emptied()
  }

  ended(error: Error): void {
    this.#tell('trouble', error)
    this.#ended()
  }

  /**
   * From now on every packet gets the queue's own verdict, those that wait first; or goes back to the kernel, which queues it again for the next
   * program. Resolves when all verdicts have been sent.
   */
  async close(ending: Ending): Promise<void> {
    this.#ending = ending
    this.consumer.end()
    // A handler that closes the queue may yet judge the packet in its hands.
    await undefined
    for (const packet of this.pending.values()) this.leave(packet, ending)
    await this.connmarks?.close(markMilliseconds)
    await this.emptied()
  }

  /**
   * The queue is unbound, or its socket closed. Told are the verdicts that could not be sent before, and the packets left without:
   * the kernel has dropped them (instance_destroy and nfqnl_flush, net/netfilter/nfnetlink_queue.c). So it has those that were on
   * their way here, and come after this. Of a queue that was handed over they are the next program's.
   */
  removed(unsent: readonly number[], error: Error | undefined, ending: Ending): void {
    this.#ending = ending
    this.#removed = true
    this.pending.stop()
    for (const id of unsent) this.verdictRefused(new VerdictError(this.number, id, error ?? new Error('not sent')))
    for (const packet of this.pending.values()) this.#gone(packet, error)
    this.#undecodable.removed()
  }

  /** It went with its queue. */
  #gone(packet: Packet, error: Error | undefined): void {
    const ending = this.#ending ?? 'closing'
    this.#verdicts.forget(packet, fates[ending], ending)
    this.#unjudged(packet.id, ending, fates[ending], error)
  }

  #expire(late: readonly Packet[]): void {
    this.consumer.withdraw(late.filter((packet) => !packet.judged))
    for (const packet of late) {
      if (packet.judged) this.connmarks?.expire(packet, 'by its deadline')
      else this.leave(packet, 'deadline')
    }
  }

  #unjudged(packetId: number, reason: UnjudgedReason, verdict: VerdictKind, error: unknown): void {
    this.counts.unjudged[reason]++
    this.#tell('unjudged', { packetId, reason, verdict, error })
  }
}
