import { be16 } from '@nfkit/inet/bytes'
import type { ByteQueue } from '../reader/byte-queue.ts'
import { type Parser, Reader, take } from '../reader/reader.ts'
import { type DnsMessage, decodeDns } from './message.ts'
import { refuse } from './problem.ts'

const headerSize = 12

/** A message of a stream, and where it stands there. */
export interface DnsStreamMessage extends DnsMessage {
  /** Where the message begins in the stream: behind the two bytes of its length. */
  readonly start: number
  /** Where it ends. */
  readonly end: number
}

/**
 * Reads DNS messages from one side of a TCP connection (RFC 7766): each has its length in front. They may follow one another, and answers come in any
 * order. At most one message of 65,535 bytes is kept, and twice that while it grows. `push` throws a `ReadError` when a message is malformed.
 *
 * @example
 * import { parseHex } from '@nfkit/inet'
 * import { dnsMessages } from '@nfkit/streams/dns'
 *
 * const reader = dnsMessages()
 * console.log(reader.push(parseHex('0013 0007 0100 0001 0000')!)) // []
 * const [message] = reader.push(parseHex('0000 0000 0161 00 0001 0001')!)
 * console.log(message?.id, message?.questions[0]?.name) // 7 a
 */
export function dnsMessages(): Reader<DnsStreamMessage> {
  return new Reader(messagesIn)
}

function* messagesIn(input: ByteQueue): Parser<DnsStreamMessage> {
  for (;;) {
    const length = be16(yield* take(input, 2), 0)
    if (length < headerSize) refuse('length', input.offset - 2)
    const message = yield* take(input, length)
    // Results may hold views of it, and the chunk is gone when more bytes come.
    const { offset } = input
    yield { ...decodeDns(message.slice()), start: offset - length, end: offset }
  }
}
