import { group } from '@nfkit/netlink-codec/nfnetlink'
import { OneByOne, type Requester, type Transport } from '@nfkit/netlink-transport'
import { list } from '../reading/list.ts'
import { readRaw } from '../reading/snapshot.ts'
import { type OpenStreams, Stream, type StreamOptions } from '../reading/stream.ts'
import {
  chainKey,
  type Heard,
  heard,
  type Known,
  ruleKey,
  stepOf,
  type TracedPacket,
  type TraceStep,
} from './packet.ts'

/** What is told of traced packets. `kind` tells the two apart. */
export type TraceEvent =
  /** A packet did one step, which is in its steps, too. */
  | { readonly kind: 'step'; readonly packet: TracedPacket; readonly step: TraceStep }
  /** Steps were lost: packets came faster than they were read. */
  | { readonly kind: 'gap'; readonly lost: number }

type Packet = { -readonly [K in keyof TracedPacket]: TracedPacket[K] } & { steps: TraceStep[] }

/** Packets whose ways are kept, and steps of each: the kernel does not tell where a way ends. */
const mostPackets = 1024
const mostSteps = 4096

/** Steps of traced packets, from the moment this is made until it is closed. Leaving a loop over it closes it. */
export class Steps implements AsyncIterable<TraceEvent>, AsyncDisposable {
  readonly #requests: Requester
  readonly #stream: Stream<Heard, Heard | { readonly lost: number }>
  readonly #stopping = new AbortController()
  readonly #packets = new Map<number, Packet>()
  #known: Known = { rules: new Map(), chains: new Map() }

  /** `connect` opens the socket for events. Throws `TypeError` and `RangeError` before that, and what opening throws. */
  constructor(requests: Requester, connect: () => Transport, options: StreamOptions, open: OpenStreams) {
    this.#requests = requests
    const listener = {
      group: group.nftrace,
      read: heard,
      events: (events: readonly Heard[]) => {
        for (const event of events) this.#stream.push(event)
      },
      gap: (lost: number) => this.#stream.push({ lost }),
      ended: () => this.#stopping.abort(),
    }
    this.#stream = new Stream('steps', connect, options, listener, open)
  }

  [Symbol.asyncIterator](): AsyncIterator<TraceEvent, void, undefined> {
    return new OneByOne(this.#batches())
  }

  /** Ends every loop after what waits. Closing twice is fine. */
  close(): void {
    this.#stream.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  async *#batches(): AsyncGenerator<readonly TraceEvent[], void, undefined> {
    for await (const batch of this.#stream.batches()) {
      if (batch.some((one) => 'family' in one && this.#isNew(one))) await this.#readRuleset()
      yield batch.map((one) => ('lost' in one ? { kind: 'gap', lost: one.lost } : this.#step(one)))
    }
  }

  #isNew({ family, attributes }: Heard): boolean {
    const { table, chain, ruleHandle } = attributes
    const { rules, chains } = this.#known
    if (!chains.has(chainKey(family, table, chain))) return true
    return ruleHandle !== undefined && !rules.has(ruleKey(family, table, ruleHandle))
  }

  async #readRuleset(): Promise<void> {
    // What waited when the stream ended is told without them.
    if (this.#stream.ended) return
    const { tables } = list(await readRaw(this.#requests, { signal: this.#stopping.signal }))
    const chains = tables.flatMap((table) => table.chains)
    this.#known = {
      rules: new Map(
        chains.flatMap(({ rules }) => rules.map((rule) => [ruleKey(rule.family, rule.table, rule.handle!), rule])),
      ),
      chains: new Map(chains.map(({ chain }) => [chainKey(chain.family, chain.table, chain.name), chain.base])),
    }
  }

  #step(heard: Heard): TraceEvent {
    const packet = this.#packetOf(heard)
    const step = stepOf(heard, this.#known)
    if (packet.steps.length < mostSteps) packet.steps.push(step)
    return { kind: 'step', packet, step }
  }

  #packetOf({ attributes }: Heard): Packet {
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
}
