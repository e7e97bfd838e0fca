import type { Message } from '@nfkit/netlink-codec'
import { nftMessage } from '@nfkit/netlink-codec/nftables'
import { group } from '@nfkit/netlink-codec/nfnetlink'
import { Backlog, check, EventSocket, OneByOne, type Requester, type Transport } from '@nfkit/netlink-transport'
import { type Commit, commitOf, generationOf } from './commit.ts'
import { list } from '../list.ts'
import type { Ruleset } from '../listing.ts'
import { SetIndex } from './set-index.ts'
import { readRaw } from '../snapshot.ts'

/** Options of `watch`. */
export interface WatchOptions {
  /** Bytes of the receive buffer to ask for; 8 MiB by default. A transaction of 100,000 elements takes some. */
  readonly receiveBuffer?: number | undefined
  /** Stop. The loop throws the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** Everything there is: at the start, and again where events were lost. Commits that are told next come after it. */
export interface Snapshot {
  readonly kind: 'ruleset'
  readonly cause: 'start' | 'gap'
  readonly ruleset: Ruleset
}

/** What a watch tells. `kind` tells the two apart. */
export type RulesetEvent = Snapshot | Commit

/** What may wait for the consumer before events are left in the socket's buffer. */
const highWater = 256

/**
 * The ruleset, then every commit, each once and whole. Where events were lost, the ruleset is told again. The kernel tells nothing of
 * elements whose time has passed or that rules add, nor of tables that go with their owner.
 */
export class RulesetWatch implements AsyncIterable<RulesetEvent>, AsyncDisposable {
  readonly #requests: Requester
  readonly #socket: EventSocket<Message>
  readonly #backlog: Backlog<RulesetEvent>
  readonly #signal: AbortSignal | undefined
  readonly #stopping = new AbortController()
  #sets = new SetIndex([])
  /** Messages of a transaction whose generation has not come yet. */
  #messages: Message[] = []
  /** Transactions that came while the ruleset was read. */
  #commits: Message[][] = []
  #reading = false
  #again = false
  #generation: number | undefined

  /** `connect` opens the socket for events. Throws `TypeError` and `RangeError` before that, and what opening throws. */
  constructor(requests: Requester, connect: () => Transport, options: WatchOptions = {}) {
    const { receiveBuffer = 8 << 20, signal } = check.options('watch', options, { receiveBuffer: true, signal: true })
    check.whole('receiveBuffer', receiveBuffer, 0, 0x7fff_ffff)
    this.#requests = requests
    this.#signal = signal
    this.#socket = new EventSocket<Message>(
      connect(),
      { groups: [group.nftables], read: (message) => message, receiveBuffer },
      {
        events: (events) => this.#take(events),
        gap: () => this.#lost(),
        fail: (error) => this.#end({ error }),
      },
    )
    this.#backlog = new Backlog(highWater, this.#socket)
    signal?.addEventListener('abort', this.#abort)
    if (signal?.aborted) this.#abort()
    else this.#read('start')
  }

  [Symbol.asyncIterator](): AsyncIterator<RulesetEvent, void, undefined> {
    return new OneByOne(this.#backlog.batches(() => this.close()))
  }

  /** Ends every loop after what waits. Closing twice is fine. */
  close(): void {
    this.#end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #take(events: readonly Message[]): void {
    for (const message of events) {
      this.#messages.push(message)
      if (message.type !== nftMessage.newGeneration.type) continue
      this.#commits.push(this.#messages)
      this.#messages = []
    }
    if (!this.#reading) this.#tell()
    else if (this.#commits.length > highWater) this.#lost()
    this.#backlog.hold()
  }

  /** Tells the commits that came, those left out that the ruleset was read after. */
  #tell(): void {
    for (const commit of this.#commits.splice(0)) {
      const generation = generationOf(commit)
      if (this.#generation !== undefined && ((generation - this.#generation) | 0) <= 0) continue
      this.#generation = generation
      this.#backlog.push(commitOf(commit, this.#sets))
    }
  }

  #lost(): void {
    this.#messages = []
    this.#commits = []
    this.#again = this.#reading
    if (!this.#reading) this.#read('gap')
  }

  #read(cause: Snapshot['cause']): void {
    this.#reading = true
    const told = this.#readOnce(cause).then(() => {
      this.#reading = false
      if (this.#again) this.#lost()
      else this.#tell()
    })
    told.catch((error: unknown) => this.#end({ error }))
  }

  async #readOnce(cause: Snapshot['cause']): Promise<void> {
    this.#again = false
    const raw = await readRaw(this.#requests, { signal: this.#stopping.signal })
    this.#sets = new SetIndex(raw.sets)
    this.#generation = raw.generation
    this.#backlog.push({ kind: 'ruleset', cause, ruleset: list(raw) })
  }

  #end(failure?: { readonly error: unknown }): void {
    if (this.#stopping.signal.aborted) return
    this.#stopping.abort()
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#backlog.end(failure)
    this.#socket.close()
  }

  readonly #abort = (): void => this.#end({ error: this.#signal?.reason })
}
