import { type Masked, mirror, keyOf as tupleKey } from '@nfkit/inet'
import { EncodeError, errno, whole } from '@nfkit/netlink-codec'
import type { Flow } from '@nfkit/netlink-codec/conntrack'
import { NetlinkError } from '@nfkit/netlink-transport'
import { assertKeys, type Keys } from './known.ts'
import { protocolNumber, type ZonedTuple } from './naming/tuple.ts'

/** What a lookup needs of the table: `ConntrackTable` is one. */
export interface FlowEntries {
  /** The flow of a tuple, or `undefined` when there is none. */
  get(tuple: ZonedTuple): Promise<Flow | undefined>
  /** Rejects with `NetlinkError` ENOENT where there is no entry. */
  update(tuple: ZonedTuple, changes: { readonly mark: number | Masked }): Promise<unknown>
}

/** How flows are looked up and kept. */
export interface FlowLookupOptions {
  /** How long an answer may be used again, with whatever mark and status it had; 1,000 by default. */
  readonly maxAgeMilliseconds?: number | undefined
  /** Flows kept; 4,096 by default. The one that was looked up first goes first. */
  readonly size?: number | undefined
}

const keys: Keys<FlowLookupOptions> = { maxAgeMilliseconds: true, size: true }

interface Kept {
  readonly flow: Flow
  readonly until: number
}

/**
 * Flows by the tuple of a packet: for kernels whose queued packets do not carry their connection. A packet on the far side of a
 * translation has the mirror of one of its flow's tuples, so that both are asked for. Equal questions at the same time are asked once. A
 * connection's first packet has no entry until it is accepted: that is answered `undefined`, and not remembered.
 *
 * It knows less than a kernel that sends connections with packets. Where both ends are translated, a packet between the two (at FORWARD,
 * and at INPUT) has neither tuple, and no flow. A packet the kernel calls invalid, or does not track, gets the flow of its tuple if there
 * is one. Only the default zone is looked at, unless the tuple says another.
 *
 * Methods throw, or reject with, `EncodeError` for a tuple that cannot be; those that ask reject with `NetlinkError` when the kernel refuses.
 *
 * @example
 * import { FlowLookup, openConntrack } from '@nfkit/conntrack'
 * import { openMnl } from '@nfkit/mnl-native'
 * import { openQueue } from '@nfkit/nfqueue'
 *
 * const flows = new FlowLookup(await openConntrack(openMnl()))
 * const queue = await openQueue(openMnl(), { number: 0, conntrack: 'off', flows })
 * queue.run(async (packet) => {
 *   const flow = packet.tuple && (await flows.get(packet.tuple))
 *   packet.accept({ mark: flow ? 1 : 2 })
 * })
 */
export class FlowLookup {
  readonly #table: FlowEntries
  readonly #maxAge: number
  readonly #size: number
  readonly #kept = new Map<string, Kept>()
  readonly #asked = new Map<string, Promise<Flow | undefined>>()

  constructor(table: FlowEntries, options: FlowLookupOptions = {}) {
    this.#table = table
    assertKeys(options, keys, 'FlowLookupOptions')
    const { maxAgeMilliseconds = 1_000, size = 4_096 } = options
    if (!(maxAgeMilliseconds >= 0))
      throw new EncodeError('FlowLookupOptions', `"maxAgeMilliseconds" is ${maxAgeMilliseconds}, not 0 or more`)
    this.#maxAge = maxAgeMilliseconds
    this.#size = whole(size, 0xffff_ffff, 'FlowLookupOptions size')
  }

  /** The flow if it is known already, without asking. */
  peek(tuple: ZonedTuple): Flow | undefined {
    const kept = this.#kept.get(keyOf(tuple)) ?? this.#keptAnswer(tuple)
    return kept && kept.until > performance.now() ? kept.flow : undefined
  }

  /** The flow, from the kernel where it is not known. */
  async get(tuple: ZonedTuple): Promise<Flow | undefined> {
    return this.peek(tuple) ?? this.#ask(tuple)
  }

  /** Set the connmark, or some of its bits. Resolves to whether there was an entry to set it on. */
  async setMark(tuple: ZonedTuple, mark: number | Masked): Promise<boolean> {
    this.forget(tuple)
    const answer = mirror(tuple)
    if (answer === undefined) return false
    return (await this.#update(tuple, mark)) || this.#update(answer, mark)
  }

  /** Ask again next time. */
  forget(tuple: ZonedTuple): void {
    const key = keyOf(tuple)
    const answer = mirror(tuple)
    for (const one of answer === undefined ? [key] : [key, keyOf(answer)]) {
      this.#kept.delete(one)
      this.#asked.delete(one)
    }
  }

  #keptAnswer(tuple: ZonedTuple): Kept | undefined {
    const answer = mirror(tuple)
    return answer && this.#kept.get(keyOf(answer))
  }

  async #update(tuple: ZonedTuple, mark: number | Masked): Promise<boolean> {
    try {
      await this.#table.update(tuple, { mark })
      return true
    } catch (error) {
      if (error instanceof NetlinkError && error.errno === errno.ENOENT) return false
      throw error
    }
  }

  async #find(tuple: ZonedTuple): Promise<Flow | undefined> {
    const answer = mirror(tuple)
    if (answer === undefined) return undefined // ICMP that starts no exchange has no connection
    return (await this.#table.get(tuple)) ?? this.#table.get(answer)
  }

  #ask(tuple: ZonedTuple): Promise<Flow | undefined> {
    const key = keyOf(tuple)
    const asked = this.#asked.get(key)
    if (asked) return asked
    this.#dropStale()
    const answer = this.#find(tuple).then((flow) => {
      // One that was forgotten meanwhile may be out of date.
      if (flow && this.#asked.get(key) === answer) this.#keep(key, flow)
      return flow
    })
    this.#asked.set(key, answer)
    const settle = () => {
      if (this.#asked.get(key) === answer) this.#asked.delete(key)
    }
    answer.then(settle, settle)
    return answer
  }

  /** They become stale in the order they came. */
  #dropStale(): void {
    const now = performance.now()
    for (const [key, { until }] of this.#kept) {
      if (until > now) return
      this.#kept.delete(key)
    }
  }

  #keep(key: string, flow: Flow): void {
    this.#kept.delete(key)
    this.#kept.set(key, { flow, until: performance.now() + this.#maxAge })
    if (this.#kept.size > this.#size) this.#kept.delete(this.#kept.keys().next().value!)
  }
}

/** What tells questions apart. Throws `EncodeError` for a protocol there is not. */
function keyOf(tuple: ZonedTuple): string {
  protocolNumber(tuple.protocol)
  return `${tuple.zone ?? 0} ${tupleKey(tuple)}`
}
