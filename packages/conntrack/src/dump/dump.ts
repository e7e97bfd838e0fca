import { Attrs, align, headerSize, type MessageType, messageLength } from '@nfkit/netlink-codec'
import { conntrackMessage, Flow } from '@nfkit/netlink-codec/conntrack'
import { netfilterHeaderSize } from '@nfkit/netlink-codec/nfnetlink'
import { DumpInterruptedError, OneByOne, type Requests } from '@nfkit/netlink-transport'
import { dumpAdvice } from '../advice.ts'
import type { Plan } from '../filter/plan.ts'
import { assertKeys, assertSignal, type Keys, meaningOf } from '../known.ts'
import { requestOf } from '../message.ts'
import { flowKey } from '../naming/key.ts'

/** How the table is dumped. */
export interface FlowDumpOptions {
  /** Which list: the table, or entries whose destroy event waits for delivery, or (before Linux 5.19) those not yet confirmed. */
  readonly list?: 'table' | 'dying' | 'unconfirmed' | undefined
  /**
   * Set the counters of the flows that are yielded to zero; they show the values before. In a loop that is left early, flows the kernel
   * had sent by then may have lost theirs, too.
   */
  readonly zero?: boolean | undefined
  /**
   * When the kernel says that the table changed under the dump: reject at its end with `DumpInterruptedError`, start again (up to five
   * times in all) and yield only what was not yielded yet, or say nothing. `retry` remembers which flows it yielded. Today's kernels
   * never say so of this table.
   */
  readonly onInterrupted?: 'throw' | 'retry' | 'ignore' | undefined
  /** Stop. The loop throws the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

const keys: Keys<FlowDumpOptions> = { list: true, zero: true, onInterrupted: true, signal: true }
const lists = { table: true, dying: true, unconfirmed: true }
const interruptions = { throw: true, retry: true, ignore: true }

/** Throws `EncodeError` for options that cannot be meant. */
export function assertDumpOptions(options: FlowDumpOptions): void {
  assertKeys(options, keys, 'FlowDumpOptions')
  const { list = 'table', onInterrupted = 'throw', signal } = options
  meaningOf(list, lists, 'FlowDumpOptions', 'list')
  meaningOf(onInterrupted, interruptions, 'FlowDumpOptions', 'way to treat an interruption')
  assertSignal(signal, 'FlowDumpOptions')
}

/** Dumps that are interrupted again and again are given up. */
const attempts = 5

export const dumpMessage = (list: FlowDumpOptions['list'], zero: boolean): MessageType => {
  if (list === 'dying') return conntrackMessage.getDying
  if (list === 'unconfirmed') return conntrackMessage.getUnconfirmed
  return zero ? conntrackMessage.getCtrzero : conntrackMessage.get
}

/**
 * Flows on their way from the kernel. Nothing is asked before the first is wanted, and each loop asks anew. Flows have bytes of their
 * own, shared with the flows that came along: keep one for long with `flow.copy()`.
 */
export class FlowDump implements AsyncIterable<Flow> {
  readonly #batches: () => AsyncGenerator<Flow[], void, undefined>

  constructor(batches: () => AsyncGenerator<Flow[], void, undefined>) {
    this.#batches = batches
  }

  /** The flows as they arrive, about a hundred at once: the fastest way to read a large table. */
  batches(): AsyncIterable<Flow[]> {
    return { [Symbol.asyncIterator]: () => this.#batches() }
  }

  /** All flows at once. */
  async toArray(): Promise<Flow[]> {
    const flows: Flow[] = []
    for await (const batch of this.batches()) for (const flow of batch) flows.push(flow)
    return flows
  }

  [Symbol.asyncIterator](): AsyncIterator<Flow, void, undefined> {
    return new OneByOne(this.#batches())
  }
}

/** A dump once it is known what the kernel can do. */
export interface Dumping {
  readonly message: MessageType
  readonly plan: Plan
  /** What becomes of flows before they are yielded; by default they are. */
  readonly prepare?: ((flows: readonly Flow[]) => Promise<Flow[]>) | undefined
}

/**
 * One dump, as batches none of which is empty. `begin` is asked when the first is wanted. A generator around this one would cost each batch as much again,
 * and the first dump of a program its compiling.
 */
export async function* flowBatches(
  requests: Requests,
  begin: () => Promise<Dumping>,
  options: FlowDumpOptions,
): AsyncGenerator<Flow[], void, undefined> {
  assertDumpOptions(options)
  const { onInterrupted = 'throw', signal } = options
  const { message, plan, prepare } = await begin()
  const yielded = onInterrupted === 'retry' ? new Set<string>() : undefined
  for (let attempt = 1; ; attempt++) {
    const request = requestOf(message, 0, plan.family, plan.attrs)
    const tolerant = onInterrupted === 'ignore' ? 'ignore' : 'throw'
    try {
      for await (const part of requests.dump(request, { advice: dumpAdvice, onInterrupted: tolerant, signal })) {
        const found = matchingFlows(part, plan)
        const fresh = yielded === undefined ? found : found.filter((flow) => isFirst(yielded, flow))
        const batch = prepare === undefined ? fresh : await prepare(fresh)
        if (batch.length > 0) yield batch
      }
      return
    } catch (error) {
      if (!(error instanceof DumpInterruptedError) || yielded === undefined) throw error
      if (attempt === attempts) throw new DumpInterruptedError(error.request, attempt)
    }
  }
}

/**
 * What matches of the entries one datagram holds. A function of its own, and without a generator: it is compiled once, where the
 * generators around it start over with each dump.
 */
function matchingFlows(part: Uint8Array, { matches }: Plan): Flow[] {
  const flows: Flow[] = []
  for (let p = 0; p < part.length; ) {
    const length = messageLength(part, p, part.length)
    const flow = new Flow(new Attrs(part, p + netfilterHeaderSize, p + length), part[p + headerSize]!)
    if (matches === undefined || matches(flow)) flows.push(flow)
    p += align(length)
  }
  return flows
}

function isFirst(yielded: Set<string>, flow: Flow): boolean {
  const key = flowKey(flow)
  if (yielded.has(key)) return false
  yielded.add(key)
  return true
}
