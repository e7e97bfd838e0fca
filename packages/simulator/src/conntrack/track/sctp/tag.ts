import type { SctpTrack } from '../../table/state/sctp.ts'
import { type Chunk, chunkType } from './chunk.ts'

/** The verification tag of a packet, and what it is compared with. */
export interface Tags {
  readonly track: SctpTrack
  readonly tag: number
  readonly reply: boolean
  /** Types of all chunks of the packet. */
  readonly types: ReadonlySet<number>
}

export type Accepted = 'valid' | 'ignored' | 'invalid'

/** Whether the packet may have its tag for the sake of this chunk (RFC 9260, 8.5.1). `doubtful`: a chunk before was ignored. */
export function acceptsTag(tags: Tags, chunk: Chunk, doubtful: boolean): Accepted {
  const { track, tag, reply } = tags
  const [own, peer] = reply ? ([1, 0] as const) : ([0, 1] as const)
  const valid = (holds: boolean): Accepted => (holds ? 'valid' : 'invalid')
  switch (chunk.type) {
    case chunkType.init:
      return valid(tag === 0)
    case chunkType.abort:
    case chunkType.shutdownComplete:
      return valid(tag === track.tags[chunk.reflected ? peer : own])
    case chunkType.cookieEcho:
      return valid(tag === track.tags[own])
    case chunkType.cookieAck:
      track.began.fill(false)
      return 'valid'
    case chunkType.heartbeat:
    case chunkType.heartbeatAck:
      break
    default:
      return 'valid'
  }
  if (track.tags[own] === 0) {
    track.tags[own] = tag
    return 'valid'
  }
  if (tag === track.tags[own]) {
    track.doubted = undefined
    return 'valid'
  }
  if (tags.types.has(chunkType.data) || doubtful) return 'invalid'
  const direction = reply ? 'reply' : 'original'
  if (chunk.type === chunkType.heartbeat) {
    track.doubted = direction
    return 'ignored'
  }
  if (track.doubted === undefined || track.doubted === direction) return 'invalid'
  track.doubted = undefined
  track.tags[own] = tag
  track.tags[peer] = 0
  return 'valid'
}
