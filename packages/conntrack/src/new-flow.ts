import { type Conntrack, EncodeError, family as families, type Nat, status } from '@nfkit/netlink-codec'
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
  const sameFamily = (of: TupleDescription, where: string, what: string) => {
    const encoded = encodeTuple(of)
    if (encoded.family !== family)
      throw new EncodeError(where, `${what} is of another family than the original direction`)
    return encoded.tuple
  }
  const attrs = {
    tupleOrig: tuple,
    tupleReply: sameFamily(flow.reply ?? mirror(flow.original), 'CTA_TUPLE_REPLY', 'the reply direction'),
    zone: flow.zone ?? flow.original.zone,
    tupleMaster: flow.master && sameFamily(flow.master, 'CTA_TUPLE_MASTER', 'the master'),
    natSrc: flow.nat?.source && encodeNat(flow.nat.source, family, 'CTA_NAT_SRC'),
    natDst: flow.nat?.destination && encodeNat(flow.nat.destination, family, 'CTA_NAT_DST'),
    // Whoever gives a status on creation has to repeat that the entry is confirmed.
    ...encodeChanges(flow, status.confirmed),
  }
  return { family, attrs }
}

function encodeNat(target: NatTarget, family: number, where: string): Nat {
  const { address, lastAddress = address, port, lastPort = port } = target
  const [first, last] = [address, lastAddress].map((text) => (text === undefined ? undefined : addressBytes(text)))
  const size = family === families.ipv6 ? 16 : 4
  if ([first, last].some((bytes) => bytes !== undefined && bytes.length !== size))
    throw new EncodeError(where, 'the translation is of another family than the original direction')
  const proto = port === undefined ? undefined : { portMin: port, portMax: lastPort }
  return size === 16 ? { v6Minip: first, v6Maxip: last, proto } : { v4Minip: first, v4Maxip: last, proto }
}
