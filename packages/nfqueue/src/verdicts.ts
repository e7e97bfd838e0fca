import { encodeAttrs, encodeMessage, messageType, nfqa } from '@nfkit/netlink-codec'
import { NetlinkError } from '@nfkit/netlink-transport'
import { attributesOf, type BatchChanges, type Changes } from './changes.ts'
import type { Channel } from './channel.ts'
import type { Counts } from './counts.ts'
import { VerdictError, verdictAdvice } from './errors.ts'
import type { FlowJoin } from './flow-join.ts'
import { networkWord, verdictTemplate } from './outbox.ts'
import type { Judge, Packet } from './packet.ts'
import type { Pending } from './pending.ts'
import { replacing } from './replacement.ts'
import { kindOf, type Verdict, verdictWord } from './verdict.ts'

const words = { accept: networkWord(verdictWord('accept')), drop: networkWord(verdictWord('drop')) }

/** The verdicts of one queue, from the packet to the outbox. */
export class Verdicts implements Judge {
  readonly #number: number
  readonly #channel: Channel
  readonly #counts: Counts
  readonly #pending: Pending
  readonly #join: FlowJoin | undefined
  readonly #template: Uint32Array
  readonly #batchTemplate: Uint32Array
  /** Those that wait for their connmark to be set. */
  readonly #marking = new Set<Promise<void>>()

  constructor(channel: Channel, number: number, counts: Counts, pending: Pending, join: FlowJoin | undefined) {
    this.#number = number
    this.#channel = channel
    this.#counts = counts
    this.#pending = pending
    this.#join = join
    this.#template = verdictTemplate(number, messageType.queueVerdict.type)
    this.#batchTemplate = verdictTemplate(number, messageType.queueVerdictBatch.type)
  }

  judge(packet: Packet, verdict: Verdict, given: Changes | undefined): void {
    packet.assertPending()
    const word =
      verdict === 'accept' ? words.accept : verdict === 'drop' ? words.drop : networkWord(verdictWord(verdict))
    const { outbox } = this.#channel
    const changes = given?.payload === undefined ? given : replacing(packet, given, given.payload)
    if (changes === undefined) outbox.add(this.#template, this.#number, packet.id, word)
    else if (changes.connmark !== undefined && this.#join && !packet.message.flow) {
      this.#judgeMarked(this.#join, packet, verdict, changes)
      return
    } else outbox.addChanged(this.#template, this.#number, packet.id, word, changes)
    this.#settle(packet, verdict)
    this.#channel.verdictAdded()
  }

  async judgeAcknowledged(packet: Packet, verdict: Verdict, given: Changes = {}): Promise<void> {
    packet.assertPending()
    const changes = given.payload === undefined ? given : replacing(packet, given, given.payload)
    const { id } = packet
    const header = { type: messageType.queueVerdict.type, flags: 0, resourceId: this.#number }
    const value = { verdictHdr: { verdict: verdictWord(verdict), id }, ...attributesOf(changes) }
    const message = encodeMessage(header, nfqa, value)
    this.#settle(packet, verdict)
    try {
      await this.#channel.request(message, { advice: verdictAdvice })
    } catch (error) {
      if (!(error instanceof NetlinkError)) throw error
      this.#counts.verdictErrors++
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

  /** One verdict for this packet and all earlier ones still pending, in one message. Returns how many that were. `withdraw` hears of the earlier ones. */
  judgeThrough(last: Packet, verdict: Verdict, changes: BatchChanges, withdraw: (packet: Packet) => void): number {
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
      withdraw(packet)
      this.#settle(packet, verdict)
      judged++
    }
    this.#channel.verdictAdded()
    return judged
  }

  /** A verdict for a packet of which only the id is known. */
  judgeId(id: number, verdict: Verdict): void {
    this.#channel.outbox.add(this.#template, this.#number, id, networkWord(verdictWord(verdict)))
    this.#channel.verdictAdded()
    this.#counts.verdicts[kindOf(verdict)]++
  }

  /** Resolves when none waits for its connmark. */
  async marked(): Promise<void> {
    await Promise.all(this.#marking)
  }

  interfaceName(index: number): string | undefined {
    return this.#channel.interfaceName(index)
  }

  #settle(packet: Packet, verdict: Verdict): void {
    packet.settle()
    this.#pending.remove(packet)
    this.#counts.verdicts[kindOf(verdict)]++
  }
}
