import { group } from '@nfkit/netlink-codec/nfnetlink'
import { Backlog, check, EventSocket, OneByOne, type Requester, type Transport } from '@nfkit/netlink-transport'
import type { Rule } from '../../values/rule.ts'
import { list } from '../list.ts'
import { readRaw } from '../snapshot.ts'
import { type Heard, heard, ruleKey, stepOf, type TracedPacket, type TraceStep } from './step.ts'

/** Options of `trace`. */
export interface TraceOptions {
  /** Bytes of the receive buffer to ask for; 8 MiB by default. */
  readonly receiveBuffer?: number | undefined
  /** Stop. The loop throws the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** What a trace tells. `kind` tells the two apart. */
export type TraceEvent =
  | { readonly kind: 'step'; readonly packet: TracedPacket; readonly step: TraceStep }
  /** Steps were lost: packets came faster than they were read. */
  | { readonly kind: 'gap'; readonly lost: number }

/** Packets whose ways are kept, and steps of each: the kernel does not tell where a way ends. */
const mostPackets = 1024
const mostSteps = 4096
const highWater = 4096

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Steps of traced packets, from the moment this is made until it is closed. Leaving a loop over it closes it. */
export class Trace implements AsyncIterable<TraceEvent>, AsyncDisposable {
  readonly #requests: Requester
  readonly #socket: EventSocket<Heard>
  readonly #backlog: Backlog<Heard | { readonly lost: number }>
  readonly #signal: AbortSignal | undefined
  readonly #packets = new Map<number, Mutable<TracedPacket> & { steps: TraceStep[] }>()
  #rules = new Map<string, Rule>()
  #lost = 0

  /** `connect` opens the socket for events. Throws `TypeError` and `RangeError` before that, and what opening throws. */
  constructor(requests: Requester, connect: () => Transport, options: TraceOptions = {}) {
    const { receiveBuffer = 8 << 20, signal } = check.options('trace', options, { receiveBuffer: true, signal: true })
    check.whole('receiveBuffer', receiveBuffer, 0, 0x7fff_ffff)
    this.#requests = requests
    this.#signal = signal
    this.#socket = new EventSocket<Heard>(
      connect(),
      { groups: [group.nftrace], read: heard, receiveBuffer },
      {
        events: (events) => {
          for (const event of events) this.#backlog.push(event)
          this.#backlog.hold()
        },
        gap: () => {
          const { lost } = this.#socket
          this.#backlog.push({ lost: lost - this.#lost })
          this.#lost = lost
        },
        fail: (error) => this.#end({ error }),
      },
    )
    this.#backlog = new Backlog(highWater, this.#socket)
    signal?.addEventListener('abort', this.#abort)
    if (signal?.aborted) this.#abort()
  }

  [Symbol.asyncIterator](): AsyncIterator<TraceEvent, void, undefined> {
    return new OneByOne(this.#batches())
  }

  /** Ends every loop after what waits. Closing twice is fine. */
  close(): void {
    this.#end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  async *#batches(): AsyncGenerator<readonly TraceEvent[], void, undefined> {
    for await (const batch of this.#backlog.batches(() => this.close())) {
      if (batch.some((one) => 'family' in one && this.#isNew(one))) await this.#readRules()
      yield batch.map((one) => ('lost' in one ? { kind: 'gap', lost: one.lost } : this.#step(one)))
    }
  }

  #isNew({ family, attributes }: Heard): boolean {
    return attributes.ruleHandle !== undefined && !this.#rules.has(ruleKey(family, attributes.table, attributes.ruleHandle))
  }

  async #readRules(): Promise<void> {
    const { tables } = list(await readRaw(this.#requests, { signal: this.#signal }))
    this.#rules = new Map(
      tables.flatMap(({ table, chains }) =>
        chains.flatMap(({ rules }) => rules.map((rule) => [ruleKey(table.family, table.name, rule.handle!), rule] as const)),
      ),
    )
  }

  #step(heard: Heard): TraceEvent {
    const packet = this.#packetOf(heard)
    const step = stepOf(heard, this.#rules)
    if (packet.steps.length < mostSteps) packet.steps.push(step)
    return { kind: 'step', packet, step }
  }

  #packetOf({ attributes }: Heard): Mutable<TracedPacket> & { steps: TraceStep[] } {
    const { id = 0, llHeader, networkHeader, transportHeader, iif, oif, mark = 0 } = attributes
    const packet = this.#packets.get(id) ?? { id, mark, steps: [] }
    this.#packets.set(id, packet)
    if (this.#packets.size > mostPackets) this.#packets.delete(this.#packets.keys().next().value!)
    // Only the first step in a base chain tells of the packet itself.
    if (networkHeader !== undefined) packet.mark = mark
    if (llHeader) packet.linkHeader = llHeader
    if (networkHeader) packet.networkHeader = networkHeader
    if (transportHeader) packet.transportHeader = transportHeader
    if (iif !== undefined) packet.inputInterface = iif
    if (oif !== undefined) packet.outputInterface = oif
    return packet
  }

  #end(failure?: { readonly error: unknown }): void {
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#backlog.end(failure)
    this.#socket.close()
  }

  readonly #abort = (): void => this.#end({ error: this.#signal?.reason })
}
