import { be32 } from '@nfkit/inet/bytes'
import { parseIp } from '@nfkit/ip-codec'
import { sctpState } from '@nfkit/netlink-codec/conntrack'
import type { Packet } from '../../../packet.ts'
import { newSctpTrack, type SctpTrack } from '../../table/state/sctp.ts'
import type { Effect, Passage } from '../effect.ts'
import { type Chunk, chunksOf, chunkType, mayBeTogether } from './chunk.ts'
import { invalid, machine } from './machine.ts'
import { acceptsTag, type Tags } from './tag.ts'

const headerLength = 12

/** SCTP: state and verification tags of an association (nf_conntrack_sctp_packet). */
export function sctp({ packet, connection, reply, timeouts }: Passage): Effect {
  const { bytes, layout } = packet
  const { transport } = layout!
  if (transport + headerLength > bytes.length || hasWrongChecksum(packet)) return 'invalid'
  const chunks = chunksOf(bytes, transport + headerLength)
  if (!mayBeTogether(chunks)) return 'invalid'
  const tag = be32(bytes, transport + 4)
  if (!connection.confirmed) {
    const track = open(chunks, tag)
    if (!track) return 'invalid'
    connection.sctp = track
  }
  const track = connection.sctp!
  const tags: Tags = { track, tag, reply, types: new Set(chunks.map(({ type }) => type)) }
  if (!chunks.some(({ type }) => ownRule.includes(type)) && tag !== track.tags[reply ? 1 : 0]) return 'invalid'
  let ignored = false
  let changes = false
  let assures = false
  for (const chunk of chunks) {
    const accepted = acceptsTag(tags, chunk, ignored)
    if (accepted === 'invalid') return 'invalid'
    if (accepted === 'ignored') {
      ignored = true
      continue
    }
    const old = track.state
    const state = next(track, chunk, reply)
    if (state === invalid || !announce(track, chunk, reply)) return 'invalid'
    if (chunk.type === chunkType.init && connection.confirmed && old === closed && state === closed) ignored = true
    track.state = state
    if (state === old) continue
    changes = true
    if (state === sctpState.established) assures = true
  }
  return ignored ? 'ignored' : { seconds: timeouts[track.state]!, changes, assures }
}

const { closed } = sctpState

/** What comes with chunks of these types has a tag by a rule of its own. */
const ownRule: readonly number[] = [
  chunkType.init,
  chunkType.shutdownComplete,
  chunkType.cookieEcho,
  chunkType.abort,
  chunkType.shutdownAck,
  chunkType.heartbeat,
  chunkType.heartbeatAck,
]

const outOfTheBlue: readonly number[] = [chunkType.abort, chunkType.shutdownComplete, chunkType.cookieAck]

/** State of a new association from its first packet; `undefined` when it cannot be one (sctp_new). */
function open(chunks: readonly Chunk[], tag: number): SctpTrack | undefined {
  const track = newSctpTrack()
  for (const chunk of chunks) {
    const { type, initTag } = chunk
    const state = next(track, chunk, false)
    if (outOfTheBlue.includes(type) || state === invalid || state === sctpState.none) return undefined
    if (type === chunkType.init) {
      if (tag !== 0 || initTag === undefined) return undefined
      track.tags[1] = initTag
    } else if (type === chunkType.heartbeat) track.tags[0] = tag
    else if (type === chunkType.shutdownAck) track.tags[1] = tag
  }
  return track
}

/** The state after a chunk; those that are not in the table keep it. */
function next({ state }: SctpTrack, { type }: Chunk, reply: boolean): number {
  const row = machine[reply ? 'reply' : 'original'][type]
  return row ? (row[state] ?? invalid) : state
}

/** INIT and INIT ACK say which tag the peer's packets will carry. False when they cannot. */
function announce({ tags, began }: SctpTrack, { type, initTag }: Chunk, reply: boolean): boolean {
  if (type !== chunkType.init && type !== chunkType.initAck) return true
  const [own, peer] = reply ? ([1, 0] as const) : ([0, 1] as const)
  if (initTag === undefined) return false
  if (type === chunkType.init) {
    if (began[own] && began[peer]) began[peer] = false
    began[own] = true
  } else {
    const known = tags[peer]
    if (!began[peer] && known !== 0 && known !== initTag) return false
    if (began[own] && began[peer] && known !== initTag) return false
  }
  tags[peer] = initTag
  return true
}

function hasWrongChecksum(packet: Packet): boolean {
  if (!packet.verifies) return false
  const wrong = parseIp(packet.bytes)?.sctp?.checksumState === 'invalid'
  if (!wrong) packet.checksum = 'verified'
  return wrong
}
