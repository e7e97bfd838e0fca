import { checkRewrite, RewriteError } from '@nfkit/ip-codec'
import {
  be32,
  type DecodeError,
  encodeAttrs,
  encodeMessage,
  messageType,
  nfqa,
  QueuedPacket,
  typeMask,
  u16,
} from '@nfkit/netlink-codec'
import { NetlinkError } from '@nfkit/netlink-transport'
import { attributesOf, type BatchChanges, type Changes } from './changes.ts'
import type { Channel, Subscriber } from './channel.ts'
import { Counts } from './counts.ts'
import { type UnjudgedReason, VerdictError, verdictAdvice } from './errors.ts'
import type { QueueEvents } from './events.ts'
import { FlowJoin } from './flow-join.ts'
import type { FlowSource } from './flow-source.ts'
import { Intake, type IntakeOwner } from './intake.ts'
import type { Lease } from './lease.ts'
import { networkWord, verdictTemplate } from './outbox.ts'
import { type Judge, Packet } from './packet.ts'
import { Pending } from './pending.ts'
import { kindOf, type Verdict, verdictWord } from './verdict.ts'

const words = { accept: networkWord(verdictWord('accept')), drop: networkWord(verdictWord('drop')) }

/** Where a docket's news go: `QueueEvents` by name. */
export type Tell = <K extends keyof QueueEvents>(event: K, ...what: QueueEvents[K]) => void

export interface DocketTerms {
  readonly number: number
  readonly onUnjudged: Verdict
  readonly deadlineMilliseconds: number
  readonly flows: FlowSource | undefined
}

/** The packets of one queue between arrival and verdict. */
export class Docket implements Subscriber, Judge, IntakeOwner {
  readonly counts = new Counts()
  readonly intake = new Intake(this)
  readonly #number: number
  readonly #channel: Channel
  readonly #onUnjudged: Verdict
  readonly #tell: Tell
  readonly #pending: Pending
  readonly #template: Uint32Array
  readonly #batchTemplate: Uint32Array
  // A queue that was just bound counts from 1 (instance_create).
  #lastId = 0
  #closing = false
  readonly #join: FlowJoin | undefined
  /** Verdicts that wait for their connmark to be set. */
  readonly #marking = new Set<Promise<void>>()

  constructor(channel: Channel, { number, onUnjudged, deadlineMilliseconds, flows }: DocketTerms, tell: Tell) {
    this.#number = number
    this.#join = flows && new FlowJoin(flows, (error) => tell('trouble', error as Error))
    this.#channel = channel
    this.#onUnjudged = onUnjudged
    this.#tell = tell
    this.#template = verdictTemplate(number, messageType.queueVerdict.type)
    this.#batchTemplate = verdictTemplate(number, messageType.queueVerdictBatch.type)
    this.#pending = new Pending(deadlineMilliseconds, (packet) => {
      this.intake.withdraw(packet)
      this.leave(packet, 'deadline')
    })
  }

  get pending(): number {
    return this.#pending.size
  }

  receive(bytes: Uint8Array, start: number, end: number, arrivedAt: number, lease: Lease): void {
    this.counts.received++
    let message: QueuedPacket
    try {
      message = new QueuedPacket(bytes, start, end)
    } catch (error) {
      this.#undecodable(bytes, start, end, error as DecodeError)
      return
    }
    this.#watchIds(message.id)
    lease.hold()
    const packet = new Packet(this, message, arrivedAt, lease)
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

  judge(packet: Packet, verdict: Verdict, changes: Changes | undefined): void {
    packet.assertPending()
    const word =
      verdict === 'accept' ? words.accept : verdict === 'drop' ? words.drop : networkWord(verdictWord(verdict))
    const { outbox } = this.#channel
    if (changes?.payload !== undefined) assertRewritable(packet, changes.payload)
    if (changes === undefined) outbox.add(this.#template, this.#number, packet.id, word)
    else if (changes.connmark !== undefined && this.#join && !packet.message.flow) {
      this.#judgeMarked(this.#join, packet, verdict, changes)
      return
    } else outbox.addChanged(this.#template, this.#number, packet.id, word, changes)
    this.#settle(packet, verdict)
    this.#channel.verdictAdded()
  }

  async judgeAcknowledged(packet: Packet, verdict: Verdict, changes: Changes = {}): Promise<void> {
    packet.assertPending()
    if (changes.payload !== undefined) assertRewritable(packet, changes.payload)
    const { id } = packet
    const header = { type: messageType.queueVerdict.type, flags: 0, resourceId: this.#number }
    const value = { verdictHdr: { verdict: verdictWord(verdict), id }, ...attributesOf(changes) }
    const message = encodeMessage(header, nfqa, value)
    this.#settle(packet, verdict)
    try {
      await this.#channel.request(message, { advice: verdictAdvice })
    } catch (error) {
      if (!(error instanceof NetlinkError)) throw error
      this.counts.verdictErrors++
      throw new VerdictError(this.#number, id, error)
    }
  }

  /** The connmark first, through the flow source; then the rest as a verdict. */
  #judgeMarked(join: FlowJoin, packet: Packet, verdict: Verdict, { connmark, ...changes }: Changes): void {
    // Whatever cannot be sent is the caller's to hear now; the payload's memory is the caller's again afterwards.
    const rest = { ...changes, payload: changes.payload?.slice() }
    encodeAttrs(nfqa, attributesOf({ ...rest, connmark }))
    const marked = join.mark(packet, connmark!, () => {
      this.#channel.outbox.addChanged(this.#template, this.#number, packet.id, networkWord(verdictWord(verdict)), rest)
      this.#channel.verdictAdded()
      // The next step asks the kernel about the connection, which exists once the verdict is there.
      this.#channel.flush()
    })
    this.#settle(packet, verdict)
    this.#marking.add(marked)
    marked.finally(() => this.#marking.delete(marked))
  }

  /** One verdict for this packet and all earlier ones still pending, in one message. Returns how many that were. */
  judgeThrough(last: Packet, verdict: Verdict, changes: BatchChanges): number {
    last.assertPending()
    this.#channel.outbox.addChanged(
      this.#batchTemplate,
      this.#number,
      last.id,
      networkWord(verdictWord(verdict)),
      changes,
    )
    let judged = 1
    this.#settle(last, verdict)
    for (const packet of this.#pending.values()) {
      if (((packet.id - last.id) | 0) > 0) continue
      this.intake.withdraw(packet)
      this.#settle(packet, verdict)
      judged++
    }
    this.#channel.verdictAdded()
    return judged
  }

  /** Give a packet the queue's own verdict, and say why. */
  leave(packet: Packet, reason: UnjudgedReason, error?: unknown): void {
    if (packet.judged) return
    this.judge(packet, this.#onUnjudged, undefined)
    this.#unjudged(packet.id, reason, error)
  }

  handlerFailed(packet: Packet, error: unknown): void {
    if (!this.#closing) this.#tell('handlerError', { packetId: packet.id, error })
  }

  saturated(on: boolean): void {
    if (on) this.#channel.saturated(this)
    else this.#channel.unsaturated(this)
  }

  interfaceName(index: number): string | undefined {
    return this.#channel.interfaceName(index)
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
    await Promise.all(this.#marking)
  }

  #settle(packet: Packet, verdict: Verdict): void {
    packet.settle()
    this.#pending.remove(packet)
    this.counts.verdicts[kindOf(verdict)]++
  }

  #unjudged(packetId: number, reason: UnjudgedReason, error: unknown): void {
    this.counts.unjudged[reason]++
    this.#tell('unjudged', { packetId, reason, verdict: kindOf(this.#onUnjudged), error })
  }

  /** Ids count up by one; a packet lost for want of socket buffer leaves a gap (nfqnl_enqueue_packet). */
  #watchIds(id: number): void {
    const missing = (id - this.#lastId - 1) >>> 0
    this.#lastId = id
    if (missing === 0) return
    this.counts.lost += missing
    this.#tell('lost', { packets: missing, where: 'socket' })
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
    this.#channel.outbox.add(this.#template, this.#number, id, networkWord(verdictWord(this.#onUnjudged)))
    this.#channel.verdictAdded()
    this.counts.verdicts[kindOf(this.#onUnjudged)]++
    this.#unjudged(id, 'undecodable', error)
  }
}

/** The kernel acknowledges an impossible payload like any other, and drops the packet: so it is refused here. */
function assertRewritable(packet: Packet, replacement: Uint8Array): void {
  const { ip } = packet
  const reason = ip && checkRewrite(ip, replacement)
  if (reason !== undefined) throw new RewriteError(reason, 'payload')
}
