import { type Conntrack, EncodeError, type Nat, status } from '@nfkit/netlink-codec'
import { encodeChanges, type FlowChanges } from './change.ts'
import { addressBytes, encodeTuple, mirror, type TupleDescription } from './tuple.ts'

/** An entry to make. */
export interface NewFlow extends FlowChanges {
  readonly original: TupleDescription
  /** Where answers come from; the mirror of `original` by default. */
  readonly reply?: TupleDescription | undefined
  /** Seconds until the entry expires; the kernel wants it. 0 makes an entry that is gone at once. */
  readonly timeoutSeconds: number
  /** The zone; that of `original` by default. */
  readonly zone?: number | undefined
  /** Address translation; the kernel derives the reply direction from it. */
  readonly nat?: { readonly source?: NatTarget | undefined; readonly destination?: NatTarget | undefined } | undefined
  /** Original tuple of the connection that expected this one. */
  readonly master?: TupleDescription | undefined
}

/** The address or range, and the port or range, that take the original's place. */
export interface NatTarget {
  readonly address?: string | undefined
  /** The last address of a range. */
  readonly lastAddress?: string | undefined
  readonly port?: number | undefined
  /** The last port of a range. */
  readonly lastPort?: number | undefined
}

/** Throws `EncodeError`. */
export function encodeNewFlow(flow: NewFlow): { readonly family: number; readonly attrs: Conntrack } {
  const { family, tuple } = encodeTuple(flow.original)
  const reply = encodeTuple(flow.reply ?? mirror(flow.original))
  if (reply.family !== family) throw new EncodeError('CTA_TUPLE_REPLY', 'the directions are of two families')
  const attrs = {
    tupleOrig: tuple,
    tupleReply: reply.tuple,
    zone: flow.zone ?? flow.original.zone,
    tupleMaster: flow.master && encodeTuple(flow.master).tuple,
    natSrc: flow.nat?.source && encodeNat(flow.nat.source),
    natDst: flow.nat?.destination && encodeNat(flow.nat.destination),
    // Whoever gives a status on creation has to repeat that the entry is confirmed.
    ...encodeChanges(flow, status.confirmed),
  }
  return { family, attrs }
}

function encodeNat({ address, lastAddress = address, port, lastPort = port }: NatTarget): Nat {
  const first = address === undefined ? undefined : addressBytes(address)
  const last = lastAddress === undefined ? undefined : addressBytes(lastAddress)
  const proto = port === undefined ? undefined : { portMin: port, portMax: lastPort }
  return (first ?? last)?.length === 16
    ? { v6Minip: first, v6Maxip: last, proto }
    : { v4Minip: first, v4Maxip: last, proto }
}
