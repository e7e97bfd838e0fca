import { setTimeout } from 'node:timers/promises'
import type { Flow } from '@nfkit/netlink-codec/conntrack'
import type { EventSocket } from '@nfkit/netlink-transport'
import type { ChangeCause, FlowView } from './view.ts'

/** The smallest amount of buffer an event occupies: after as many as fit, none that waited before is left. */
const leastTruesize = 512

/** Makes a view agree with the table: dumps it until no event was lost meanwhile. */
export class Repair {
  running = false
  readonly #socket: EventSocket
  readonly #view: FlowView
  readonly #room: () => Promise<void>
  readonly #dump: (signal: AbortSignal) => AsyncIterable<readonly Flow[]>
  readonly #stopping = new AbortController()
  /** Dumps that were wanted so far. */
  #wanted = 0

  constructor(
    socket: EventSocket,
    view: FlowView,
    /** Resolves when the changes a dump brings can be taken. */
    room: () => Promise<void>,
    dump: (signal: AbortSignal) => AsyncIterable<readonly Flow[]>,
  ) {
    this.#socket = socket
    this.#view = view
    this.#room = room
    this.#dump = dump
  }

  /** A dump that runs does not suffice: events were lost, or the table may have changed without any. */
  again(): void {
    this.#wanted++
  }

  /** One at a time. Rejects as the dump does, and never settles when it is stopped. */
  async run(cause: ChangeCause): Promise<void> {
    this.running = true
    try {
      for (let next: ChangeCause = cause, complete = false; !complete; next = 'resync')
        complete = await this.#once(next)
    } catch (error) {
      if (this.#stopping.signal.aborted) return new Promise<never>(() => {})
      throw error
    } finally {
      this.running = false
    }
  }

  stop(): void {
    this.#stopping.abort()
  }

  /** One dump; resolves to whether it tells all. */
  async #once(cause: ChangeCause): Promise<boolean> {
    const { signal } = this.#stopping
    await this.#drained()
    const wanted = this.#wanted
    const { lost } = this.#socket
    this.#view.beginDump(cause)
    for await (const batch of this.#dump(signal)) {
      for (const flow of batch) this.#view.dumped(flow)
      await this.#room()
      signal.throwIfAborted()
    }
    this.#view.endDump()
    return this.#wanted === wanted && this.#socket.lost === lost
  }

  /**
   * Events that waited since before the dump would pass for newer than it. All of them have come once the buffer was seen empty, or as
   * many came as it can hold: after an overrun the kernel adds none before that.
   */
  async #drained(): Promise<void> {
    const { signal } = this.#stopping
    const enough = this.#socket.received + Math.ceil(this.#socket.capacity / leastTruesize)
    while (this.#socket.waiting > 0 && this.#socket.received < enough) await setTimeout(1, undefined, { signal })
  }
}
