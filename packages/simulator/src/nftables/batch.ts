import { be16 } from '@nfkit/inet/bytes'
import { align, control, errno, headerSize, Message, messageFlags, u16, u32 } from '@nfkit/netlink-codec'
import { batchAttrs, batchMessage, netfilterHeaderSize, subsystem } from '@nfkit/netlink-codec/nfnetlink'
import { answer } from '../netlink/answer.ts'
import { parse } from '../netlink/attributes.ts'
import { policyOf } from '../netlink/policy.ts'
import { Refusal } from '../netlink/refusal.ts'
import type { Endpoint } from '../socket/endpoint.ts'
import { Draft } from './change/draft.ts'

const beginPolicy = policyOf(batchAttrs)
const subsystemCount = 13

/** Whose batches these are. */
export interface BatchHost {
  /** The generation that is current. */
  readonly generation: number
  /** ACK on BEGIN and END is answered (6.10). */
  readonly acknowledgesEnds: boolean
  /** Act on one message. Throws `Refusal`. */
  act(message: Message, draft: Draft): void
  /** Make it lasting, and tell of it. Throws `Refusal` where it cannot be. */
  commit(draft: Draft, socket: Endpoint, first: Message): void
}

interface Reply {
  readonly start: number
  readonly failed: number
  readonly at?: number | undefined
  /** It is refused only if nothing else is. */
  readonly isLast?: boolean
}

/**
 * One datagram that begins with BEGIN (nfnetlink_rcv_skb_batch, net/netfilter/nfnetlink.c): a transaction of nf_tables; no other subsystem
 * has any, and a kernel without nf_tables, where there is no host, neither.
 */
export function runBatch(socket: Endpoint, bytes: Uint8Array, host: BatchHost | undefined): void {
  const length = u32(bytes, 0)
  if (length < netfilterHeaderSize) return
  const asked = be16(bytes, 18)
  // What old nft sent in host order.
  const system = u16(bytes, 18) === subsystem.nftables ? subsystem.nftables : asked
  if (system !== subsystem.nftables || !host) {
    answer(socket, bytes, 0, system >= subsystemCount ? errno.EINVAL : errno.EOPNOTSUPP)
    return
  }
  const attributes = parse(bytes, netfilterHeaderSize, length, beginPolicy)
  const wanted = typeof attributes === 'number' ? 0 : (attributes.be32(batchAttrs.rows.genid) ?? 0)
  if (typeof attributes === 'number') answer(socket, bytes, 0, attributes)
  else if (wanted !== 0 && wanted !== host.generation) answer(socket, bytes, 0, errno.ERESTART)
  else new Batch(socket, bytes, align(length), host).run()
}

/** Its messages. One that fails does not end it: the others are tried as well, and all is taken back then. Without END all is taken back, too. */
class Batch {
  readonly #socket: Endpoint
  readonly #bytes: Uint8Array
  readonly #first: number
  readonly #host: BatchHost
  readonly #draft: Draft
  readonly #replies: Reply[] = []

  constructor(socket: Endpoint, bytes: Uint8Array, first: number, host: BatchHost) {
    this.#socket = socket
    this.#bytes = bytes
    this.#first = first
    this.#host = host
    this.#draft = new Draft(socket.portId)
  }

  run(): void {
    if (this.#host.acknowledgesEnds) this.#acknowledge(0)
    const end = this.#each()
    const hasFailed = this.#replies.some(({ failed }) => failed !== 0)
    const isAboutChains = !this.#replies.some(({ failed, isLast }) => failed !== 0 && !isLast)
    if (end === undefined || hasFailed || !this.#commit(end)) this.#draft.abort()
    for (const { start, failed, at, isLast } of this.#replies)
      if (!isLast || isAboutChains) answer(this.#socket, this.#bytes, start, failed, { at })
      else if (u16(this.#bytes, start + 6) & messageFlags.ack) answer(this.#socket, this.#bytes, start, 0)
  }

  /** Where END is; `undefined` without. */
  #each(): number | undefined {
    const bytes = this.#bytes
    for (let p = this.#first; p + headerSize <= bytes.length; p += align(u32(bytes, p))) {
      const length = u32(bytes, p)
      const type = u16(bytes, p + 4)
      if (length < headerSize || length > bytes.length - p || type === batchMessage.begin.type) {
        // Cut, or begun again: the answers are forgotten as well.
        this.#replies.length = 0
        return undefined
      }
      if (type === batchMessage.end.type) return p
      const refusal = refusalOf(() => this.#act(p, length))
      if (refusal)
        this.#replies.push({
          start: p,
          failed: refusal.errno,
          at: refusal.at,
          isLast: refusal.isLast,
        })
      else this.#acknowledge(p)
    }
    return undefined
  }

  #act(p: number, length: number): void {
    const type = u16(this.#bytes, p + 4)
    const isRequest = (u16(this.#bytes, p + 6) & messageFlags.request) !== 0
    if (length < netfilterHeaderSize || !isRequest || type <= control.overrun || type >> 8 !== subsystem.nftables)
      throw new Refusal(errno.EINVAL)
    this.#host.act(new Message(this.#bytes, p, p + length), this.#draft)
  }

  /** What is refused at the end is refused before all that was acknowledged, as if it were the first message. */
  #commit(end: number): boolean {
    const first = new Message(this.#bytes, this.#first, this.#first + u32(this.#bytes, this.#first))
    const refusal = refusalOf(() => this.#host.commit(this.#draft, this.#socket, first))
    if (refusal) this.#replies.unshift({ start: this.#first, failed: refusal.errno })
    else if (this.#host.acknowledgesEnds) this.#acknowledge(end)
    return !refusal
  }

  #acknowledge(start: number): void {
    if (u16(this.#bytes, start + 6) & messageFlags.ack) this.#replies.push({ start, failed: 0 })
  }
}

function refusalOf(act: () => void): Refusal | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
