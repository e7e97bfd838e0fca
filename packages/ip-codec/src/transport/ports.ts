import { hasPorts } from '@nfkit/inet'
import { be16 } from '@nfkit/inet/bytes'
import type { Carrier } from '../ip-layer.ts'

/**
 * The port at `offset` of the transport header: 0 is the source's, 2 the destination's. It asks for no more than its own bytes, so
 * it reads the ports of what an ICMP error quotes, too.
 */
export function portIn(ip: Carrier, offset: 0 | 2): number | undefined {
  const at = ip.payloadStart + offset
  return hasPorts(ip.protocol) && at + 2 <= ip.end && !ip.isLaterFragment ? be16(ip.memory, ip.origin + at) : undefined
}
