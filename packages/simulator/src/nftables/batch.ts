import { be16 } from '@nfkit/inet/bytes'
import { align, control, errno, headerSize, Message, messageFlags, u16, u32 } from '@nfkit/netlink-codec'
import { batchAttrs, batchMessage, netfilterHeaderSize, subsystem } from '@nfkit/netlink-codec/nfnetlink'
import { answer } from '../netlink/answer.ts'
import { parse } from '../netlink/attributes.ts'
import { policyOf } from '../netlink/policy.ts'
import type { Endpoint } from '../socket/endpoint.ts'
import { Draft } from './change/draft.ts'
import { Refusal } from './refusal.ts'

const beginPolicy = policyOf(batchAttrs)

/** What a batch is for. */
export interface BatchHost {
  /** The generation that is current. */
  readonly generation: number
  /** ACK on BEGIN and END is answered (6.10). */
  readonly acknowledgesEnds: boolean
  /** Act on one message. Throws `Refusal`. */
  act(message: Message, draft: Draft): void
  /** All has been checked: make it lasting, and tell of it. Throws `Refusal` where it cannot be. */
  commit(draft: Draft, asked: BatchAsked): void
}

/** Who asked, and which messages asked for an echo. */
export interface BatchAsked {
  readonly socket: Endpoint
  /** Number of the first message after BEGIN. */
  readonly sequence: number
  /** Numbers of the messages of each event, in order; what asked for an echo has one. */
  readonly echoes: readonly { readonly event: number; readonly sequence: number }[]
}

interface Reply {
  readonly start: number
  readonly failed: number
  readonly at: number | undefined
}

/**
 * One datagram that begins with BEGIN (nfnetlink_rcv_batch, net/netfilter/nfnetlink.c). A failed message does not end it: the others are checked, too, and
 * all is taken back at its end. Without END all is checked and taken back.
 */
export function runBatch(socket: Endpoint, bytes: Uint8Array, host: BatchHost): void {
  const length = u32(bytes, 0)
  if (length < netfilterHeaderSize || length > bytes.length) return
  const asked = be16(bytes, 18)
  // What old nft sent in host order.
  const system = u16(bytes, 18) === subsystem.nftables ? subsystem.nftables : asked
  if (system !== subsystem.nftables) {
    answer(socket, bytes, 0, system >= 13 ? errno.EINVAL : errno.EOPNOTSUPP)
    return
  }
  const attributes = parse(bytes, netfilterHeaderSize, length, beginPolicy)
  const wanted = typeof attributes === 'number' ? undefined : attributes.be32(batchAttrs.rows.genid)
  if (wanted !== undefined && wanted !== 0 && wanted !== host.generation) {
    answer(socket, bytes, 0, errno.ERESTART)
    return
  }
  walk(socket, bytes, align(length), host)
}

function walk(socket: Endpoint, bytes: Uint8Array, first: number, host: BatchHost): void {
  const draft = new Draft(socket.portId)
  const replies: Reply[] = []
  const echoes: { event: number; sequence: number }[] = []
  const acknowledges = host.acknowledgesEnds && (u16(bytes, 6) & messageFlags.ack) !== 0
  if (acknowledges) replies.push({ start: 0, failed: 0, at: undefined })
  let failed = false
  let ended = -1
  for (let p = first; p + headerSize <= bytes.length; ) {
    const length = u32(bytes, p)
    const type = u16(bytes, p + 4)
    // Cut, or begun again: everything is forgotten, the answers as well.
    if (length < headerSize || length > bytes.length - p || type === batchMessage.begin.type) {
      draft.abort()
      return
    }
    if (type === batchMessage.end.type) {
      ended = p
      break
    }
    const refused = one(bytes, p, length, host, draft, echoes)
    if (refused) failed = true
    const flags = u16(bytes, p + 6)
    if (refused || flags & messageFlags.ack) replies.push({ start: p, failed: refused?.errno ?? 0, at: refused?.at })
    p += align(length)
  }
  const sequence = first + headerSize <= bytes.length ? u32(bytes, first + 8) : 0
  if (!failed && ended >= 0) {
    const late = committed(socket, host, draft, sequence, echoes)
    if (late) {
      answer(socket, bytes, first, late.errno)
      failed = true
    } else if (acknowledges || (host.acknowledgesEnds && u16(bytes, ended + 6) & messageFlags.ack))
      if (u16(bytes, ended + 6) & messageFlags.ack) replies.push({ start: ended, failed: 0, at: undefined })
  }
  if (failed || ended < 0) draft.abort()
  for (const { start, failed: code, at } of replies) answer(socket, bytes, start, code, { at })
}

function one(
  bytes: Uint8Array,
  p: number,
  length: number,
  host: BatchHost,
  draft: Draft,
  echoes: { event: number; sequence: number }[],
): Refusal | undefined {
  const flags = u16(bytes, p + 6)
  const type = u16(bytes, p + 4)
  if (length < netfilterHeaderSize || !(flags & messageFlags.request) || type < control.overrun || type >> 8 !== subsystem.nftables)
    return new Refusal(errno.EINVAL)
  const before = draft.events.length
  try {
    host.act(new Message(bytes, p, p + length), draft)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  if (flags & messageFlags.echo)
    for (let event = before; event < draft.events.length; event++) echoes.push({ event, sequence: u32(bytes, p + 8) })
  return undefined
}

function committed(
  socket: Endpoint,
  host: BatchHost,
  draft: Draft,
  sequence: number,
  echoes: readonly { readonly event: number; readonly sequence: number }[],
): Refusal | undefined {
  try {
    host.commit(draft, { socket, sequence, echoes })
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
