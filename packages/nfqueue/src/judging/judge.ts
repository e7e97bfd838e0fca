import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { nfqa, nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'
import { NetlinkError } from '@nfkit/netlink-transport'
import { type Ending, PacketStateError, type UnjudgedReason, VerdictError, verdictAdvice } from '../errors.ts'
import type { LateVerdict } from '../events.ts'
import type { Connmarks } from '../flows/connmarks.ts'
import { attributesOf, type BatchChanges, type VerdictChanges } from '../packet/changes.ts'
import type { Judge, Packet } from '../packet/packet.ts'
import { replacing } from '../packet/replacement.ts'
import type { Settled } from '../packet/state.ts'
import { kindOf, type Verdict, verdictWord } from '../packet/verdict.ts'
import type { Channel } from '../socket/channel.ts'
import { verdictTemplate } from '../socket/outbox.ts'
import { networkWord } from '../socket/word.ts'
import type { Counts } from './counts.ts'
import type { Deadlines } from './deadlines.ts'
import { Observers } from './observers.ts'
import type { Overflow } from './overflow.ts'

const words = { accept: networkWord(verdictWord('accept')), drop: networkWord(verdictWord('drop')) }
const wordOf = (verdict: Verdict) =>
  verdict === 'accept' ? words.accept : verdict === 'drop' ? words.drop : networkWord(verdictWord(verdict))

/** Reasons that come while the program may still look at the packet. */
const byQueue: ReadonlySet<UnjudgedReason> = new Set<UnjudgedReason>(['deadline', 'closing', 'handover'])

/** What verdicts need of their queue. */
export interface QueueJudgeOwner {
  readonly channel: Channel
  readonly number: number
  readonly counts: Counts
  readonly pending: Deadlines
  readonly overflow: Overflow
  readonly connmarks: Connmarks | undefined
  late(verdict: LateVerdict): void
}

/**
 * The verdicts of one queue, from the packet to the outbox. One rule for all of them: a verdict first goes where it will be sent from,
 * and may throw there; only then is its packet settled, counted, and no longer pending. So one that cannot be sent leaves the packet
 * to its deadline, and what the outbox has taken is sent, or told as a `verdictError`.
 */
export class QueueJudge implements Judge {
  readonly observers = new Observers()
  readonly #owner: QueueJudgeOwner
  readonly #channel: Channel
  readonly #number: number
  readonly #template: Uint32Array
  readonly #batchTemplate: Uint32Array
  readonly #batches: boolean

  /** `batches`: equal verdicts leave as one message, where that says the same. */
  constructor(owner: QueueJudgeOwner, batches: boolean) {
    this.#owner = owner
    this.#channel = owner.channel
    this.#number = owner.number
    this.#template = verdictTemplate(owner.number, nfqueueMessage.verdict.type)
    this.#batchTemplate = verdictTemplate(owner.number, nfqueueMessage.verdictBatch.type)
    this.#batches = batches
  }

  judge(packet: Packet, verdict: Verdict, given: VerdictChanges | undefined): void {
    if (this.#isLate(packet, verdict)) return
    const { connmarks } = this.#owner
    const changes = given?.payload === undefined ? given : replacing(packet, given, given.payload)
    if (changes?.connmark !== undefined && connmarks && !packet.message.flow)
      this.#judgeMarked(connmarks, packet, verdict, changes)
    else this.#give(packet, verdict, changes, 'judged')
  }

  /** The queue's own verdict. Throws `TransportError` where it cannot be sent. */
  leave(packet: Packet, verdict: Verdict, reason: UnjudgedReason): void {
    this.#give(packet, verdict, undefined, reason, byQueue.has(reason))
  }

  /** See `Packet.judge`. */
  async judgeAcknowledged(packet: Packet, verdict: Verdict, given: VerdictChanges = {}): Promise<void> {
    if (this.#isLate(packet, verdict)) throw new PacketStateError(packet.id, 'late')
    const changes = given.payload === undefined ? given : replacing(packet, given, given.payload)
    const { id } = packet
    const header = { type: nfqueueMessage.verdict.type, flags: 0, resourceId: this.#number }
    const value = { verdictHdr: { verdict: verdictWord(verdict), id }, ...attributesOf(changes) }
    const message = encodeMessage(header, nfqa, value)
    const sent = () => {
      packet.settle('judged')
      this.#count(packet, verdict)
      this.#part(packet, verdict, changes, 'judged')
    }
    try {
      await this.#channel.request(message, { advice: verdictAdvice, sent })
    } catch (error) {
      if (!(error instanceof NetlinkError)) throw error
      this.#owner.counts.verdictErrors++
      throw new VerdictError(this.#number, id, error)
    }
  }

  /** One verdict for this packet and all earlier ones still pending, in one message. Returns them all. */
  judgeThrough(last: Packet, verdict: Verdict, changes: BatchChanges): readonly Packet[] {
    if (this.#isLate(last, verdict)) return []
    const word = networkWord(verdictWord(verdict))
    this.#channel.outbox.addChanged(this.#batchTemplate, this.#number, last.id, word, changes)
    this.#channel.verdictAdded()
    const judged = this.#owner.pending.values().filter(({ id }) => ((id - last.id) | 0) <= 0)
    // All of them have their verdict before anybody sees the first.
    for (const packet of judged) {
      this.#settleOnce(packet, 'judged')
      this.#count(packet, verdict)
    }
    for (const packet of judged) this.#part(packet, verdict, changes, 'judged', packet !== last)
    return judged
  }

  /** The kernel, or the next program, does this with the packet: there is nothing to judge any more. */
  forget(packet: Packet, verdict: Verdict, ending: Ending): void {
    this.#settleOnce(packet, ending)
    this.#owner.pending.remove(packet)
    this.#part(packet, verdict, undefined, ending, true)
  }

  /** A verdict for a packet of which only the id is known. Throws `TransportError` where it cannot be sent. */
  judgeId(id: number, verdict: Verdict): void {
    this.#channel.outbox.add(this.#template, this.#number, id, wordOf(verdict))
    this.#channel.verdictAdded()
    this.#owner.counts.verdicts[kindOf(verdict)]++
  }

  interfaceName(index: number): string | undefined {
    return this.#channel.interfaceName(index)
  }

  #give(packet: Packet, verdict: Verdict, changes: VerdictChanges | undefined, by: Settled, views = false): void {
    const { outbox } = this.#channel
    const word = wordOf(verdict)
    if (changes === undefined)
      outbox.add(this.#template, this.#number, packet.id, word, this.#batches && this.#isOldest(packet))
    else outbox.addChanged(this.#template, this.#number, packet.id, word, changes)
    packet.settle(by)
    this.#count(packet, verdict)
    this.#part(packet, verdict, changes, by, views)
    this.#channel.verdictAdded()
  }

  /** Whether no packet of the queue waits that came before this one, here or unseen: a verdict for all up to this one would judge no other. */
  #isOldest(packet: Packet): boolean {
    return packet.earlier === undefined && !this.#owner.overflow.unseen
  }

  /** The connmark first, through the flow source; then the rest as a verdict. */
  #judgeMarked(connmarks: Connmarks, packet: Packet, verdict: Verdict, { connmark, ...changes }: VerdictChanges): void {
    // The caller must hear now of a verdict that cannot be sent: afterwards the payload's memory is the caller's again.
    const rest = { ...changes, payload: changes.payload?.slice() }
    this.#channel.outbox.measure({ ...rest, connmark })
    const word = wordOf(verdict)
    // The decision is seen when it is given, which may be long after the burst.
    if (this.observers.present) packet.hold()
    connmarks.set(packet, connmark!, () => {
      this.#channel.outbox.addChanged(this.#template, this.#number, packet.id, word, rest)
      this.#count(packet, verdict)
      this.#part(packet, verdict, { ...rest, connmark }, 'judged')
      this.#channel.verdictAdded()
    })
  }

  /** One that waits for its connmark is settled already, and waits no more. */
  #settleOnce(packet: Packet, by: Settled): void {
    if (packet.judged) this.#owner.connmarks?.remove(packet)
    else packet.settle(by)
  }

  /** Whether the queue has judged it already. */
  #isLate(packet: Packet, verdict: Verdict): boolean {
    const reason = packet.leftFor
    return reason !== undefined && this.#tellLate(packet, verdict, reason)
  }

  #tellLate(packet: Packet, verdict: Verdict, reason: UnjudgedReason): true {
    this.#owner.counts.lateVerdicts++
    this.#owner.late({ packetId: packet.id, verdict: kindOf(verdict), reason })
    return true
  }

  #count(packet: Packet, verdict: Verdict): void {
    this.#owner.pending.remove(packet)
    this.#owner.counts.verdicts[kindOf(verdict)]++
  }

  /** Show the packet with its decision to whoever looks; then its bytes go. */
  #part(packet: Packet, verdict: Verdict, changes: VerdictChanges | undefined, by: Settled, views = false): void {
    if (this.observers.present) this.observers.tell(packet, verdict, changes, by)
    packet.letGo(views)
  }
}
