import { be16 } from '@nfkit/inet/bytes'
import type { Attrs } from '@nfkit/netlink-codec'
import { conntrack, type Flow } from '@nfkit/netlink-codec/conntrack'

/**
 * What tells living entries apart: zone, id and original tuple. Opaque, compare only. The id alone is not enough: it is a hash of 32
 * bits, and of 200,000 entries some share theirs. Throws `DecodeError` for a flow whose attributes are damaged.
 */
export function flowKey(flow: Flow): string {
  const tuple = flow.attrs.nest(conntrack.rows.tupleOrig)
  return `${flow.zone}/${flow.id ?? ''}/${tuple === undefined ? '' : units(tuple)}`
}

/** Two bytes a character. */
function units({ bytes, start, end }: Attrs): string {
  const codes: number[] = []
  for (let p = start; p + 1 < end; p += 2) codes.push(be16(bytes, p))
  return String.fromCharCode(...codes)
}
