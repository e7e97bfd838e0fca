import { formatHex } from '@nfkit/inet'
import { be16, be32 } from '@nfkit/inet/bytes'
import { DecodeError, format, type Json, Message, messageFlags, messageToJson } from '@nfkit/netlink-codec'
import { conntrackMessage, expectMessage, helperMessage, timeoutMessage } from '@nfkit/netlink-codec/conntrack'
import { netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { nfqa, nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'
import { captured } from '../../netlink/protocol.ts'

/** Which of two messages count as the same: those with equal bytes, or those that mean the same. */
export type Comparison = 'bytes' | 'meaning'

/** Each byte as another character, in this encoding. */
const latin1 = new TextDecoder('latin1')

/** A message to the kernel, recorded or sent, as a replay compares it: without sequence number and port id, which may differ. */
export class ComparedMessage {
  /** A copy of the message as it was. */
  readonly message: Message
  #same: string | undefined

  constructor({ bytes, start, end }: Message) {
    this.message = new Message(bytes.slice(start, end), 0, end - start)
  }

  /** Equal for messages that count as the same. */
  same(comparison: Comparison): string {
    if (this.#same !== undefined) return this.#same
    this.#same = comparison === 'bytes' ? latin1.decode(this.#bare.bytes) : this.#meaning()
    return this.#same
  }

  /** Equal for messages about the same thing: the verdicts on one packet, other requests of one type. */
  get subject(): string {
    const { type } = this.message
    if (!this.isVerdict) return String(type)
    const header = netfilterOf(this.message).attrs.find(nfqa.rows.verdictHdr.id)
    const id = header < 0 || header + 12 > this.message.end ? '' : be32(this.message.bytes, header + 8)
    return `${type} ${be16(this.message.bytes, 18)} ${id}`
  }

  /** Verdicts may come in another order than recorded: handlers take their time. */
  get isVerdict(): boolean {
    const { type } = this.message
    return type === nfqueueMessage.verdict.type || type === nfqueueMessage.verdictBatch.type
  }

  /** Whether the request asks for an acknowledgement. */
  get wantsAnswer(): boolean {
    return (this.message.flags & messageFlags.ack) !== 0
  }

  get isDump(): boolean {
    const { type, flags } = this.message
    return (flags & messageFlags.dump) !== 0 && getters.has(type)
  }

  /** For people: one line, and one for each attribute. */
  get lines(): string[] {
    try {
      return format(this.#bare, captured)
        .replace(/ {2}seq 0 {2}port 0/, '')
        .split('\n')
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      return [`${error.message}:`, `  ${formatHex(this.#bare.bytes)}`]
    }
  }

  get hex(): string {
    return formatHex(this.#bare.bytes)
  }

  get #bare(): Message {
    return new Message(this.message.bytes.slice().fill(0, 8, 16), 0, this.message.end)
  }

  // Whether an acknowledgement is asked for, and in which order attributes stand, changes nothing.
  #meaning(): string {
    try {
      const { flags, ...rest } = messageToJson(this.#bare, captured)
      return sorted({ ...rest, flags: (flags as readonly string[]).filter((flag) => flag !== 'ACK') })
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      return this.hex
    }
  }
}

/** Requests that can ask for a whole table; in all others the same bits say something else. */
const getters = new Set<number>([
  conntrackMessage.get.type,
  conntrackMessage.getCtrzero.type,
  conntrackMessage.getStatsCpu.type,
  conntrackMessage.getDying.type,
  conntrackMessage.getUnconfirmed.type,
  expectMessage.get.type,
  expectMessage.getStatsCpu.type,
  timeoutMessage.get.type,
  helperMessage.get.type,
])

function sorted(value: Json): string {
  return JSON.stringify(value, (_, item: Json) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  )
}
