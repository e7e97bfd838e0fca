import { ipProtocol } from '@nfkit/inet'
import { be16 } from '@nfkit/inet/bytes'
import { hasWrongChecksum } from '../checksum.ts'
import type { Effect, Passage } from '../effect.ts'
import { stream } from './stream.ts'

const headerLength = 8

/** UDP-Lite (nf_conntrack_udplite_packet). */
export const udplite = (passage: Passage): Effect => (isWrong(passage) ? 'invalid' : stream(passage))

/** udplite_error: coverage of less than the header, or of more than there is; no checksum. It is summed up as if it were UDP's. */
function isWrong({ packet }: Passage): boolean {
  const { bytes, layout } = packet
  const { transport } = layout!
  const present = bytes.length - transport
  if (present < headerLength) return true
  const coverage = be16(bytes, transport + 4)
  if (coverage !== 0 && (coverage < headerLength || coverage > present)) return true
  if (be16(bytes, transport + 6) === 0) return true
  return hasWrongChecksum(packet, ipProtocol.udp, coverage === 0 ? present : coverage)
}
