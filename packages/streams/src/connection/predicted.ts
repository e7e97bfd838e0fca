import { be16, be32 } from '@nfkit/inet/bytes'
import { type IpPacket, tcpFlag } from '@nfkit/ip-codec'
import { usualTimestamps } from '../segment/segment.ts'
import { isOlder, numberAt } from '../segment/sequence.ts'
import { haveClocks } from './acceptable.ts'
import type { TcpConnection } from './connection.ts'
import type { End } from './end.ts'

const headerSize = { plain: 20, withClock: 32 } as const

/**
 * Read a segment by its header alone, where that is as predicted (Jacobson and Braden 1988, header prediction): of a stream in bulk that nobody
 * hears, the next bytes, with the acknowledgment and window of the segment before. Returns `false`, and has done nothing, for any other
 * segment: all that can be unusual is looked for then.
 */
export function readPredicted(ip: IpPacket, connection: TcpConnection, from: End, to: End): boolean {
  const { bytes, payloadStart: at, end } = ip
  if (end - at <= headerSize.plain || ip.truncated || !isQuiet(connection, from, to)) return false
  if ((bytes[at + 13]! & ~tcpFlag.psh) !== tcpFlag.ack) return false
  const size = (bytes[at + 12]! >> 4) * 4
  const hasClock = size === headerSize.withClock && be32(bytes, at + 20) === usualTimestamps
  if ((size !== headerSize.plain && !hasClock) || end - at <= size) return false
  if (to.seen && !from.repeatsAnswer(numberAt(bytes, at + 8), be16(bytes, at + 14))) return false
  const clocks = hasClock && haveClocks(from, to)
  const timestamp = clocks ? numberAt(bytes, at + 24) : undefined
  if (timestamp !== undefined && from.timestamp !== undefined && isOlder(timestamp, from.timestamp)) return false
  if (!from.direction!.passInOrder(numberAt(bytes, at + 4), end - at - size)) return false
  from.tellTime(timestamp)
  from.passed = Math.max(from.passed, from.direction!.next)
  return true
}

/** Whether nobody hears or changes what an end says, and nothing is about to change that. */
function isQuiet({ isOpen, isOver, verdict }: TcpConnection, from: End, to: End): boolean {
  if (!isOpen || isOver || verdict !== undefined || from.direction === undefined) return false
  return !from.isHeard && from.isPlain && to.edits === undefined
}
