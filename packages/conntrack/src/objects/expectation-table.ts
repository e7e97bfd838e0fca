import { decode, EncodeError, errno, type MessageType, messageFlags } from '@nfkit/netlink-codec'
import { type Expect, expect, expectMessage, statsExpect } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage, netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { entries, NetlinkError, type Requester } from '@nfkit/netlink-transport'
import { expectAdvice } from '../advice.ts'
import { assertKeys, type Keys } from '../known.ts'
import { encodeTarget, type Target } from '../naming/target.ts'
import { encodeTuple, type FamilyName, familyNumber, type ZonedTuple } from '../naming/tuple.ts'
import { Expectation, encodeExpectation, type NewExpectation } from './expectation.ts'

/** One expectation: as it was read, or the tuple it expects. One of a zone has to be read, or written down, with its zone. */
export type ExpectationTarget = Expectation | ZonedTuple

/** Which expectations: of one family, or of one connection. */
export interface ExpectationFilter {
  /** Family of the addresses. */
  readonly family?: FamilyName | undefined
  /** The connection that expects. */
  readonly master?: Target | undefined
}

const filterKeys: Keys<ExpectationFilter> = { family: true, master: true }

/** One processor's counters of expectations. */
export interface ExpectationStatistics {
  /** Number of the processor. */
  readonly processor: number
  /** Connections that were expected. */
  readonly new: number | undefined
  /** Expectations that were made. */
  readonly create: number | undefined
  /** Expectations that were removed. */
  readonly delete: number | undefined
}

const requestOf = ({ type }: MessageType, flags: number, family: number, attrs: Expect = {}): Uint8Array =>
  encodeMessage({ type, flags, family }, expect, attrs)

const options = { advice: expectAdvice }

/**
 * Connections that helpers expect: FTP data, SIP media and so on. Every method rejects with `EncodeError` for what the kernel would
 * misread, and with `NetlinkError` when the kernel refuses.
 */
export class Expectations {
  readonly #requests: Requester

  constructor(requests: Requester) {
    this.#requests = requests
  }

  /** All expectations, those of one family, or those of one connection; none when that has no helper. */
  async *dump(filter: ExpectationFilter = {}): AsyncGenerator<Expectation, void, undefined> {
    assertKeys(filter, filterKeys, 'ExpectationFilter')
    const master = filter.master && encodeTarget(filter.master)
    const family = master?.family ?? (filter.family ? familyNumber(filter.family) : 0)
    const attrs = master && { master: master.attrs.tupleOrig, zone: master.attrs.zone }
    for await (const message of entries(this.#requests, requestOf(expectMessage.get, 0, family, attrs), options))
      yield Expectation.of(message, master && (attrs?.zone ?? 0))
  }

  /**
   * The expectation of exactly this tuple, or `undefined`. Rejects with `EncodeError` for a tuple that cannot be, and with `NetlinkError`
   * when the kernel refuses.
   */
  async get(target: ExpectationTarget): Promise<Expectation | undefined> {
    const { family, attrs } = encodeExpectationTarget(target)
    try {
      const [answer] = await this.#requests.request(requestOf(expectMessage.get, 0, family, attrs), options)
      return answer && Expectation.of(answer, attrs.zone ?? 0)
    } catch (error) {
      if (error instanceof NetlinkError && error.errno === errno.ENOENT) return undefined
      throw error
    }
  }

  /** Expect a connection on behalf of one that has a helper. */
  async create(expectation: NewExpectation): Promise<void> {
    const { family, attrs } = encodeExpectation(expectation)
    const flags = messageFlags.create | messageFlags.exclusive
    await this.#requests.request(requestOf(expectMessage.new, flags, family, attrs), options)
  }

  /** Expect one connection no longer. Rejects with ENOENT when it is not expected. */
  async delete(target: ExpectationTarget): Promise<void> {
    const { family, attrs } = encodeExpectationTarget(target)
    await this.#requests.request(requestOf(expectMessage.delete, 0, family, attrs), options)
  }

  /**
   * Expect nothing any more, or nothing of one helper. A helper that is `undefined` or empty is not taken for none: it is refused.
   * Rejects with `EncodeError` then.
   */
  async flush(...of: [] | [{ readonly helper: string }]): Promise<void> {
    if (of.length > 0 && !of[0]?.helper)
      throw new EncodeError(
        'CTA_EXPECT_HELP_NAME',
        'there is no name: call flush() without a helper to remove every expectation',
      )
    if (of[0] !== undefined) assertKeys(of[0], { helper: true }, 'expectations.flush')
    const attrs = of.length === 0 ? {} : { helpName: of[0].helper }
    await this.#requests.request(requestOf(expectMessage.delete, 0, 0, attrs), options)
  }

  /** Counters of expectations, one entry for each processor. */
  async stats(): Promise<ExpectationStatistics[]> {
    const processors: ExpectationStatistics[] = []
    for await (const entry of entries(this.#requests, requestOf(expectMessage.getStatsCpu, 0, 0))) {
      const { attrs, resourceId } = netfilterOf(entry)
      const counters = decode(statsExpect, attrs.bytes, attrs.start, attrs.end)
      processors.push({ processor: resourceId, new: counters.new, create: counters.create, delete: counters.delete })
    }
    return processors
  }
}

/** The type has a tuple because a delete without one flushes every expectation. */
function encodeExpectationTarget(target: ExpectationTarget): {
  readonly family: number
  readonly attrs: Expect & Required<Pick<Expect, 'tuple'>>
} {
  if (!(target instanceof Expectation)) {
    const { family, tuple } = encodeTuple(target)
    return { family, attrs: { tuple, zone: target.zone || undefined } }
  }
  const tuple = target.attrs.get(expect.rows.tuple)
  if (tuple?.ip === undefined || tuple.proto === undefined)
    throw new EncodeError('CTA_EXPECT_TUPLE', 'a tuple needs addresses and a protocol')
  return { family: target.family, attrs: { tuple, zone: target.zone || undefined, id: target.id } }
}
