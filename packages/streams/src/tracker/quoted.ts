import { type IpPacket, rewrite } from '@nfkit/ip-codec'
import { acknowledgedPosition } from '../rewrite/translate.ts'
import { fromLowerEnd, keyOf } from '../segment/key.ts'
import { sequenceOf } from '../segment/sequence.ts'
import type { Table } from './table.ts'

/**
 * An ICMP error that quotes a segment of a connection whose bytes are changed, with the sequence number the segment's sender gave it: hosts
 * ignore an error about a number they have not sent, and with it the path's MTU. `undefined` for any other packet.
 */
export function translateQuoted(ip: IpPacket, table: Table): Uint8Array | undefined {
  const quoted = (ip.icmp ?? ip.icmpv6)?.embedded?.tcp
  if (quoted === undefined) return undefined
  const lower = fromLowerEnd(quoted)
  const numbering = table.find(keyOf(quoted, lower))?.endsOf(lower)[0].numbering
  if (numbering?.edits === undefined) return undefined
  const position = acknowledgedPosition(quoted.sequence, numbering, numbering.edits)
  return rewrite(ip, { embedded: { tcp: { sequence: sequenceOf(position, numbering.origin) } } })
}
