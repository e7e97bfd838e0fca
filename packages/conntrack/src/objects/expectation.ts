import { formatAddress } from '@nfkit/inet'
import { type Attrs, EncodeError, type Message } from '@nfkit/netlink-codec'
import { type Expect, expect, expectFlags, expectNat, FlowTuple } from '@nfkit/netlink-codec/conntrack'
import { netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { assertKeys, type Keys, meaningOf } from '../known.ts'
import { addressBytes, type EncodedTuple, encodeTuple, type ZonedTuple } from '../naming/tuple.ts'

/** A connection a helper expects, as the kernel sent it. Readable as long as the bytes it was made from. */
export class Expectation {
  readonly attrs: Attrs
  /** 2 for IPv4, 10 for IPv6. */
  readonly family: number
  /**
   * The zone that was asked about, 0 being the default one; `undefined` for expectations of a whole dump, and in events: the kernel does
   * not tell (ctnetlink_exp_dump_expect, net/netfilter/nf_conntrack_netlink.c).
   */
  readonly zone: number | undefined

  constructor(attrs: Attrs, family: number, zone?: number) {
    this.attrs = attrs
    this.family = family
    this.zone = attrs.get(expect.rows.zone) ?? zone
  }

  /**
   * The expectation a message holds; `zone` is that of the request when the message has none. Throws `DecodeError` for a
   * message that is too short.
   */
  static of(message: Message, zone?: number): Expectation {
    return new Expectation(netfilterOf(message).attrs, netfilterOf(message).family, zone)
  }

  /** Identifies the expectation while it lives; opaque, compare only. */
  get id(): number | undefined {
    return this.attrs.get(expect.rows.id)
  }
  /** The connection that is expected, as far as `mask` says. */
  get tuple(): FlowTuple {
    return this.#tuple(expect.rows.tuple)
  }
  /** Which bits of the tuple count. */
  get mask(): FlowTuple {
    return this.#tuple(expect.rows.mask)
  }
  /** Original tuple of the connection that expects. */
  get master(): FlowTuple {
    return this.#tuple(expect.rows.master)
  }
  get timeoutSeconds(): number | undefined {
    return this.attrs.get(expect.rows.timeout)
  }
  /** Bits of `expectFlags`. */
  get flags(): number | undefined {
    return this.attrs.get(expect.rows.flags)
  }
  get class(): number | undefined {
    return this.attrs.get(expect.rows.class)
  }
  get helper(): string | undefined {
    return this.attrs.get(expect.rows.helpName)
  }
  /** The function that runs when the connection comes. */
  get function(): string | undefined {
    return this.attrs.get(expect.rows.fn)
  }
  /** Address translation of the expected connection: where its source goes in the direction. */
  get nat(): { direction: 'original' | 'reply'; tuple: FlowTuple } | undefined {
    const nat = this.attrs.nest(expect.rows.nat)
    const tuple = nat?.nest(expectNat.rows.tuple)
    if (nat === undefined || tuple === undefined) return undefined
    return { direction: nat.get(expectNat.rows.dir) === 1 ? 'reply' : 'original', tuple: new FlowTuple(tuple) }
  }

  /** Plain data for `JSON.stringify`; absent values are left out. */
  toJSON() {
    const flags = this.flags
    const names = Object.entries(expectFlags).filter(([, bit]) => ((flags ?? 0) & bit) !== 0)
    return {
      id: this.id,
      family: this.family === 2 ? 'ipv4' : 'ipv6',
      tuple: this.tuple,
      mask: this.mask,
      master: this.master,
      timeoutSeconds: this.timeoutSeconds,
      flags: flags === undefined ? undefined : names.map(([name]) => name),
      class: this.class,
      helper: this.helper,
      function: this.function,
      zone: this.zone || undefined,
    }
  }

  #tuple(row: typeof expect.rows.tuple): FlowTuple {
    return new FlowTuple(this.attrs.nest(row) ?? this.attrs.nest(expect.rows.tuple)!)
  }
}

/** An expectation to make. Its time to live follows from the policy of the master's helper. */
export interface NewExpectation {
  /** The connection that is expected. Its source may be anything where the mask says so. */
  readonly tuple: ZonedTuple
  /** Whether the source address and port of the tuple count: by default both do not. */
  readonly match?: { readonly sourceAddress?: boolean; readonly sourcePort?: boolean } | undefined
  /** Original tuple of the connection that expects; it needs a helper. */
  readonly master: ZonedTuple
  /** 0, the helper's first class, by default. */
  readonly class?: number | undefined
  /** Names of `expectFlags`. */
  readonly flags?: readonly Exclude<keyof typeof expectFlags, 'userspace'>[] | undefined
  /** The function that runs when the connection comes: `nat-follow-master`. */
  readonly function?: string | undefined
  /** How the expected connection is translated: the direction and its new source. */
  readonly nat?: { readonly direction: 'original' | 'reply'; readonly tuple: ZonedTuple } | undefined
}

const keys: Keys<NewExpectation> = {
  tuple: true,
  match: true,
  master: true,
  class: true,
  flags: true,
  function: true,
  nat: true,
}

/** Throws `EncodeError`. */
export function encodeExpectation(expectation: NewExpectation): { readonly family: number; readonly attrs: Expect } {
  assertKeys(expectation, keys, 'NewExpectation')
  const { tuple: description, match = {}, nat } = expectation
  assertKeys(match, { sourceAddress: true, sourcePort: true }, 'NewExpectation match')
  if (nat !== undefined) assertKeys(nat, { direction: true, tuple: true }, 'NewExpectation nat')
  const { family, tuple } = encodeTuple(description)
  const sameFamily = (of: ZonedTuple, where: string) => {
    const encoded = encodeTuple(of)
    if (encoded.family !== family) throw new EncodeError(where, 'it is of another family than the expected connection')
    return encoded.tuple
  }
  const attrs = {
    master: sameFamily(expectation.master, 'CTA_EXPECT_MASTER'),
    tuple,
    mask: encodeMask(description, match),
    zone: expectation.master.zone,
    class: expectation.class,
    flags: expectation.flags?.reduce((all, name) => all | meaningOf(name, expectFlags, 'CTA_EXPECT_FLAGS', 'flag'), 0),
    fn: expectation.function,
    nat: nat && {
      dir: meaningOf(nat.direction, { original: 0, reply: 1 }, 'CTA_EXPECT_NAT_DIR', 'direction'),
      tuple: sameFamily(nat.tuple, 'CTA_EXPECT_NAT'),
    },
  }
  return { family, attrs }
}

/** The kernel compares only the source through the mask; destination and protocol always count. */
function encodeMask(of: ZonedTuple, match: NonNullable<NewExpectation['match']>): EncodedTuple['tuple'] {
  const size = addressBytes(of.source.address).length
  const ones = formatAddress(new Uint8Array(size).fill(0xff))
  const zeros = formatAddress(new Uint8Array(size))
  const port = (counts: boolean | undefined) => (of.source.port === undefined ? undefined : counts ? 0xffff : 0)
  return encodeTuple({
    ...of,
    source: { address: match.sourceAddress ? ones : zeros, port: port(match.sourcePort) },
    destination: { address: ones, port: port(true) },
  }).tuple
}
