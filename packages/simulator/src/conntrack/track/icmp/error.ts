import { sameAddress } from '@nfkit/inet'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { layoutOf } from '../../../layout.ts'
import type { Match } from '../../table/by-tuple.ts'
import { inverse, tupleOf } from '../../table/tuple/tuple.ts'
import type { Zone } from '../../table/zone.ts'
import type { Tracking } from '../tracking.ts'

/**
 * The direction of a connection that an ICMP error belongs to: the error goes where the answers to the packet inside it, which starts at
 * `inner`, would go (nf_conntrack_inet_error). `undefined` when nobody sent that packet.
 */
export function aboutOf({ table, profile }: Tracking, bytes: Uint8Array, inner: number, zone: Zone): Match | undefined {
  const quoted = bytes.subarray(inner)
  const layout = quoted.length > 0 ? layoutOf(quoted) : undefined
  const v4 = bytes[0]! >> 4 === 4
  if (!layout || (layout.family === family.ipv4) !== v4) return undefined
  const tuple = tupleOf(quoted, layout, profile)
  const answers = tuple && inverse(tuple)
  const found = answers && table.find(answers, zone)
  const outer = v4 ? bytes.subarray(16, 20) : bytes.subarray(24, 40)
  return found && sameAddress(outer, answers.destination) ? found : undefined
}
