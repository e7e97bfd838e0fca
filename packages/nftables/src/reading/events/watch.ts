import type { Message } from '@nfkit/netlink-codec'
import { group } from '@nfkit/netlink-codec/nfnetlink'
import { nftMessage } from '@nfkit/netlink-codec/nftables'
import { OneByOne, type Requester, type Transport } from '@nfkit/netlink-transport'
import { list } from '../list.ts'
import type { Ruleset } from '../listing.ts'
import { readRaw } from '../snapshot.ts'
import { highWater, type OpenStreams, Stream, type StreamOptions } from '../stream.ts'
import { type Commit, commitOf, generationOf } from './commit.ts'
import { SetIndex } from './set-index.ts'

/** Everything there is: at the start, and again where events were lost. Commits that are told next come after it. */
export interface Snapshot {
  /** The ruleset as a whole. */
  readonly kind: 'ruleset'
  /** The watch began, or events were lost. */
  readonly cause: 'start' | 'gap'
  /** Everything there is. */
  readonly ruleset: Ruleset
}

/** What a watch tells. `kind` tells the two apart. */
export type RulesetEvent = Snapshot | Commit

/**
 * The ruleset, then every commit, each once and whole. Where events were lost, the ruleset is told again. The kernel tells nothing of
 * elements whose time has passed or that rules add, nor of tables that go with their owner. Leaving a loop over it closes it.
 */
export class RulesetWatch implements AsyncIterable<RulesetEvent>, AsyncDisposable {
  readonly #requests: Requester
  readonly #stream: Stream<Message, RulesetEvent>
  readonly #stopping = new AbortController()
  #sets = new SetIndex([])
  /** Messages of a transaction whose generation has not come yet. */
  #messages: Message[] = []
  /** Transactions that came while the ruleset was read. */
  #commits: Message[][] = []
  #reading = false
  #again = false
  #generation = 0

  /** `connect` opens the socket for events. Throws `TypeError` and `RangeError` before that, and what opening throws. */
  constructor(requests: Requester, connect: () => Transport, options: StreamOptions, open: OpenStreams) {
    this.#requests = requests
    const listener = {
      group: group.nftables,
      read: (message: Message) => message,
      events: (messages: readonly Message[]) => this.#take(messages),
      gap: () => this.#lost(),
      ended: () => this.#stopping.abort(),
    }
    this.#stream = new Stream('watch', connect, options, listener, open)
    if (!this.#stream.ended) this.#read('start')
  }

  [Symbol.asyncIterator](): AsyncIterator<RulesetEvent, void, undefined> {
    return new OneByOne(this.#stream.batches())
  }

  /** Ends every loop after what waits. Closing twice is fine. */
  close(): void {
    this.#stream.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #take(messages: readonly Message[]): void {
    for (const message of messages) {
      this.#messages.push(message)
      if (message.type !== nftMessage.newGeneration.type) continue
      this.#commits.push(this.#messages)
      this.#messages = []
    }
    if (!this.#reading) this.#tell()
    else if (this.#commits.length > highWater) this.#lost()
  }

  /** Tells the commits that came, those left out that the ruleset was read after. */
  #tell(): void {
    for (const commit of this.#commits.splice(0)) {
      const generation = generationOf(commit)
      if (((generation - this.#generation) | 0) <= 0) continue
      this.#generation = generation
      this.#stream.push(commitOf(commit, this.#sets))
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
    told.catch((error: unknown) => this.#stream.fail(error))
  }

  async #readOnce(cause: Snapshot['cause']): Promise<void> {
    this.#again = false
    const raw = await readRaw(this.#requests, { signal: this.#stopping.signal })
    this.#sets = new SetIndex(raw.sets)
    this.#generation = raw.generation
    this.#stream.push({ kind: 'ruleset', cause, ruleset: list(raw) })
  }
}
