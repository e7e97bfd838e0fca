import { be16, be32 } from '@nfkit/inet/bytes'

/** What the state machine looks at of a chunk. */
export interface Chunk {
  readonly type: number
  /** Flag T: the tag is that of the peer. */
  readonly reflected: boolean
  readonly length: number
  /** The tag an INIT or INIT ACK announces; `undefined` when it is cut off. */
  readonly initTag: number | undefined
}

/** Types of chunks (RFC 9260, 3.2). */
export const chunkType = {
  data: 0,
  init: 1,
  initAck: 2,
  heartbeat: 4,
  heartbeatAck: 5,
  abort: 6,
  shutdown: 7,
  shutdownAck: 8,
  error: 9,
  cookieEcho: 10,
  cookieAck: 11,
  shutdownComplete: 14,
} as const

const headerLength = 4
const initLength = 16

/** The chunks from a place on. The last may claim more than there is; one without a length is the last. */
export function chunksOf(bytes: Uint8Array, from: number): Chunk[] {
  const chunks: Chunk[] = []
  for (let p = from; p + headerLength <= bytes.length; ) {
    const length = be16(bytes, p + 2)
    const content = p + headerLength
    chunks.push({
      type: bytes[p]!,
      reflected: (bytes[p + 1]! & 1) !== 0,
      length,
      initTag: content + initLength <= bytes.length ? be32(bytes, content) : undefined,
    })
    if (length === 0) break
    p += (length + 3) & ~3
  }
  return chunks
}

const lonely: readonly number[] = [chunkType.init, chunkType.initAck, chunkType.shutdownComplete]
const leading: readonly number[] = [chunkType.cookieAck, chunkType.cookieEcho]

/** Whether chunks may be together in a packet, in this order (do_basic_checks). */
export function mayBeTogether(chunks: readonly Chunk[]): boolean {
  const alone = chunks.findIndex(({ type }) => lonely.includes(type))
  return (
    chunks.length > 0 &&
    chunks.every(({ type, length }, i) => length !== 0 && (i === 0 || !leading.includes(type))) &&
    (alone === -1 || (alone === 0 && chunks.length === 1))
  )
}
