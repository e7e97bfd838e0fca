import type { TracedPacket } from './packet.ts'
import { Draft, type TracedPath } from './path.ts'
import type { TraceTable } from './place.ts'
import type { TraceEvent } from './steps.ts'

/** For how long nothing is heard of a packet whose path is told all the same. */
export const silenceMilliseconds = 300

/** Packets whose ways are put together from their steps. */
export class Followed {
  /** Steps that were lost. */
  lost = 0
  readonly #own: TraceTable
  readonly #handles: ReadonlyMap<unknown, bigint>
  readonly #most: number
  readonly #tell: (path: TracedPath) => void
  readonly #drafts = new Map<number, { readonly draft: Draft; heard: number }>()
  #count = 0

  /** Of a trace's table that is in the kernel, with the handles of its rules. */
  constructor(own: TraceTable, handles: ReadonlyMap<unknown, bigint>, most: number, tell: (path: TracedPath) => void) {
    this.#own = own
    this.#handles = handles
    this.#most = most
    this.#tell = tell
  }

  /** Whether the ways of as many packets as are followed have been told. */
  get isDone(): boolean {
    return this.#count >= this.#most && this.#drafts.size === 0
  }

  /** Resolves when the steps end. Rejects as they do. */
  async read(steps: AsyncIterable<TraceEvent>): Promise<void> {
    for await (const event of steps) {
      if (event.kind === 'gap') {
        this.lost += event.lost
        continue
      }
      const { packet, step } = event
      if (this.#drafts.get(packet.id)?.draft.isBehind(step)) this.#end(packet.id)
      const draft = this.#drafts.get(packet.id)?.draft ?? this.#begin(packet, step)
      if (draft === undefined) continue
      draft.add(step)
      this.#drafts.set(packet.id, { draft, heard: performance.now() })
      if (draft.isOver) this.#end(packet.id)
    }
  }

  /** Tells the ways of packets of which nothing was heard for so long; by default, all. */
  endSilent(milliseconds = 0): void {
    for (const [id, { heard }] of this.#drafts) if (performance.now() - heard >= milliseconds) this.#end(id)
  }

  /** Packets that others trace, or that are too many, are no concern of this. */
  #begin(
    packet: TracedPacket,
    { table, chain }: { readonly table: string; readonly chain: string },
  ): Draft | undefined {
    const { table: own, first, asked } = this.#own
    if (table !== own.name || !first.some(({ name }) => name === chain) || this.#count >= this.#most) return undefined
    this.#count++
    return new Draft(packet, table, asked, this.#handles)
  }

  #end(id: number): void {
    const { draft } = this.#drafts.get(id)!
    this.#drafts.delete(id)
    this.#tell(draft.path())
  }
}
