import { EncodeError } from '@nfkit/netlink-codec'
import { type Conntrack, conntrack, Flow } from '@nfkit/netlink-codec/conntrack'
import { encodeTuple, isFlow, tupleOf, type ZonedTuple } from './tuple.ts'

/** One entry: a flow as it was read, or a tuple of either of its directions. */
export type Target = Flow | ZonedTuple

/** Whether it names one entry: the ends of a filter are no objects. */
export const isTarget = (which: Target | { readonly source?: unknown }): which is Target =>
  which instanceof Flow || typeof which?.source === 'object'

/** What names one entry in a request. The type has a tuple because a delete without one flushes the table. */
export interface EncodedTarget {
  readonly family: number
  readonly attrs: Conntrack & Required<Pick<Conntrack, 'tupleOrig'>>
}

/** A flow is named by tuple, zone and id; a description by tuple and zone. Throws `EncodeError`. */
export function encodeTarget(target: Target): EncodedTarget {
  const { family, tuple } = isFlow(target) ? tupleOf(target) : encodeTuple(target)
  if (tuple.ip === undefined || tuple.proto === undefined)
    throw new EncodeError('CTA_TUPLE_ORIG', 'a tuple needs addresses and a protocol')
  const id = isFlow(target) ? target.attrs.get(conntrack.rows.id) : undefined
  const zone = target.zone || undefined
  return { family, attrs: { tupleOrig: tuple, zone, id } }
}
