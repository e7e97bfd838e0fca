import { ipProtocol } from '@nfkit/inet'
import { be16 } from '@nfkit/inet/bytes'
import { status, timeoutUdp } from '@nfkit/netlink-codec/conntrack'
import { hasWrongChecksum } from '../checksum.ts'
import type { Effect, Passage } from '../effect.ts'

const { unreplied, replied } = timeoutUdp.rows
const headerLength = 8
const streamMilliseconds = 2000

/** UDP: a flow with traffic in both directions for longer than two seconds is a stream (nf_conntrack_udp_packet). */
export function udp(passage: Passage): Effect {
  const { connection, timeouts, uptime } = passage
  if (isWrong(passage)) return 'invalid'
  if (!connection.confirmed) connection.streamFrom = uptime + streamMilliseconds
  const stream = connection.has(status.seenReply) && uptime > connection.streamFrom
  return { seconds: timeouts[(stream ? replied : unreplied).id]!, assures: stream }
}

/** udp_error: a length of less than the header, or of more than there is; a checksum, if there is one. */
function isWrong({ packet }: Passage): boolean {
  const { bytes, layout } = packet
  const { transport } = layout!
  const present = bytes.length - transport
  if (present < headerLength) return true
  const length = be16(bytes, transport + 4)
  if (length < headerLength || length > present) return true
  return be16(bytes, transport + 6) !== 0 && hasWrongChecksum(packet, ipProtocol.udp)
}
