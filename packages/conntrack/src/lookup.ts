import { EncodeError, errno, type Flow, type Masked, whole } from '@nfkit/netlink-codec'
import { NetlinkError } from '@nfkit/netlink-transport'
import type { ConntrackTable } from './conntrack.ts'
import { assertKeys, type Keys } from './known.ts'
import { mirror, type TupleDescription } from './tuple.ts'

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
 * Flows by the tuple of a packet in either direction: for kernels whose queued packets do not carry their connection. Equal questions
 * at the same time are asked once. A connection's first packet has no entry yet until it is accepted: that is answered `undefined`, and
 * not remembered.
 */
export class FlowLookup {
  readonly #table: Pick<ConntrackTable, 'get' | 'update'>
  readonly #maxAge: number
  readonly #size: number
  readonly #kept = new Map<string, Kept>()
  readonly #asked = new Map<string, Promise<Flow | undefined>>()

  constructor(table: Pick<ConntrackTable, 'get' | 'update'>, options: FlowLookupOptions = {}) {
    this.#table = table
    assertKeys(options, keys, 'FlowLookupOptions')
    const { maxAgeMilliseconds = 1_000, size = 4_096 } = options
    if (!(maxAgeMilliseconds >= 0))
      throw new EncodeError('FlowLookupOptions', `"maxAgeMilliseconds" is ${maxAgeMilliseconds}, not 0 or more`)
    this.#maxAge = maxAgeMilliseconds
    this.#size = whole(size, 0xffff_ffff, 'FlowLookupOptions size')
  }

  /** The flow if it is known already, without asking. */
  peek(tuple: TupleDescription): Flow | undefined {
    const kept = this.#kept.get(keyOf(tuple)) ?? this.#kept.get(keyOf(mirror(tuple)))
    return kept && kept.until > Date.now() ? kept.flow : undefined
  }

  /** The flow, from the kernel where it is not known. */
  async get(tuple: TupleDescription): Promise<Flow | undefined> {
    return this.peek(tuple) ?? this.#ask(tuple)
  }

  /** Set the connmark, or some of its bits. Resolves to whether there was an entry to set it on. */
  async setMark(tuple: TupleDescription, mark: number | Masked): Promise<boolean> {
    this.forget(tuple)
    try {
      await this.#table.update(tuple, { mark })
      return true
    } catch (error) {
      if (error instanceof NetlinkError && error.errno === errno.ENOENT) return false
      throw error
    }
  }

  /** Ask again next time. */
  forget(tuple: TupleDescription): void {
    for (const key of [keyOf(tuple), keyOf(mirror(tuple))]) {
      this.#kept.delete(key)
      this.#asked.delete(key)
    }
  }

  #ask(tuple: TupleDescription): Promise<Flow | undefined> {
    const key = keyOf(tuple)
    const asked = this.#asked.get(key)
    if (asked) return asked
    const answer = this.#table.get(tuple).then((flow) => {
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

  #keep(key: string, flow: Flow): void {
    this.#kept.delete(key)
    this.#kept.set(key, { flow, until: Date.now() + this.#maxAge })
    if (this.#kept.size > this.#size) this.#kept.delete(this.#kept.keys().next().value!)
  }
}

const keyOf = ({ protocol, source, destination, icmp, zone = 0 }: TupleDescription): string =>
  `${zone} ${protocol} ${source.address} ${source.port ?? icmp?.id} ${destination.address} ${destination.port ?? icmp?.type} ${icmp?.code}`
