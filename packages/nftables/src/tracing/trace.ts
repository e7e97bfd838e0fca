import type { QueueStatus } from '@nfkit/netlink-codec/nfqueue'
import { Backlog, check, OneByOne } from '@nfkit/netlink-transport'
import type { BatchSource } from '../commit/batch.ts'
import type { Committed } from '../commit/committed.ts'
import type { Match } from '../conditions/match.ts'
import { printRule } from '../print/rule.ts'
import type { Ruleset } from '../reading/listing.ts'
import type { Clause } from '../statements/statement.ts'
import type { Comment, Rule } from '../values/rule.ts'
import { Followed, silenceMilliseconds } from './followed.ts'
import type { TracedPath } from './path.ts'
import { firstHooks, TraceTable } from './place.ts'
import { risksOf, type TraceRisk } from './risk.ts'
import type { Steps } from './steps.ts'
import { lull, pause } from './waiting.ts'

/** Options of `trace`. */
export interface TraceOptions {
  /** Packets that are followed; 16 by default. */
  readonly packets?: number | undefined
  /** How long packets are looked for; 10,000 by default. */
  readonly durationMilliseconds?: number | undefined
  /** Packets a second whose steps the kernel tells, so that a flood does not become one of events; 10 by default, and as many at once. */
  readonly rate?: number | undefined
  /** Rules, as `list` tells them, of which each path says why they were missed. */
  readonly asked?: readonly Rule[] | undefined
  /**
   * How long to wait for a moment without packets in queues: to begin, where they would be judged twice, and to take the hooks back in the
   * end, which stay where there is none. 60,000 by default; `Infinity` is for ever.
   */
  readonly patienceMilliseconds?: number | undefined
  /** Look for no more packets. */
  readonly signal?: AbortSignal | undefined
}

/** How a trace ended. */
export interface TraceEnd {
  /**
   * Whether its hooks are gone, or packets came to queues without a pause: then its table stays, without a rule that does anything, until the
   * `Nftables` is closed, and what waits at that moment is dropped.
   */
  readonly hooks: 'gone' | 'left'
  /** Steps that were lost, since they came faster than they were read. */
  readonly lost: number
}

/** Packets wait in queues all the time, so that a trace cannot begin without having some judged twice. Nothing was changed. */
export class QueuesBusyError extends Error {
  static {
    this.prototype.name = 'QueuesBusyError'
  }
  /** What would have been risked. */
  readonly risks: readonly TraceRisk[]

  /** Of risks, one at least. */
  constructor(risks: readonly TraceRisk[]) {
    super(`the trace did not begin: ${risks.map(({ text }) => text).join('; ')}. Wait for less traffic, or for longer`)
    this.risks = risks
  }
}

/** What a trace does its work with. */
export interface TraceHost {
  commit(source: BatchSource): Promise<Committed>
  steps(): Steps
  queues(): readonly QueueStatus[] | undefined
}

/**
 * The ways of packets that meet a condition, from the moment it begins until as many as were asked for are told, the time is over, or
 * the loop over it is left. Then it takes its rule out, and its hooks when no queue of the namespace holds a packet: the loop does not wait for that, `ended` does.
 */
export class Trace implements AsyncIterable<TracedPath>, AsyncDisposable {
  /** What it can do to packets that wait in queues, as of when it was made. */
  readonly risks: readonly TraceRisk[]
  /** What it puts in front of all rules at `prerouting` and `output`, in nft's words. */
  readonly text: string
  /** Resolves when everything it made is gone, or its patience is over. Rejects as `commit` does. */
  readonly ended: Promise<TraceEnd>
  readonly #host: TraceHost
  readonly #own: TraceTable
  readonly #packets: number
  readonly #durationMilliseconds: number
  readonly #patienceMilliseconds: number
  readonly #signal: AbortSignal | undefined
  readonly #paths = new Backlog<TracedPath>(Number.POSITIVE_INFINITY, { pause() {}, resume() {} })
  readonly #stopping = new AbortController()
  #settle!: (end: TraceEnd | Promise<never>) => void
  #begun: Promise<void> | undefined

  /** As `Nftables.trace` makes it. */
  constructor(
    host: TraceHost,
    name: string,
    conditions: readonly (Clause | Comment)[],
    ruleset: Ruleset,
    options: TraceOptions = {},
  ) {
    check.all('trace', options, checks)
    const {
      packets = 16,
      durationMilliseconds = 10_000,
      rate = 10,
      asked = [],
      patienceMilliseconds = 60_000,
    } = options
    this.#packets = packets
    this.#durationMilliseconds = durationMilliseconds
    this.#patienceMilliseconds = patienceMilliseconds
    this.#signal = options.signal
    this.#host = host
    this.#own = new TraceTable(name, conditions as readonly Match[], { rate, burst: rate }, asked, ruleset)
    this.text = printRule(this.#own.marking[0]!)
    this.risks = risksOf(host.queues() ?? [], ruleset, firstHooks)
    this.ended = new Promise((resolve) => {
      this.#settle = resolve
    })
    this.ended.catch(() => {})
  }

  /**
   * Have packets followed from now on. Going through the paths does so, too. Rejects with `QueuesBusyError` when packets that would be
   * judged twice wait all the time, and as `commit` does.
   */
  begin(): Promise<void> {
    this.#begun ??= this.#begin()
    return this.#begun
  }

  [Symbol.asyncIterator](): AsyncIterator<TracedPath, void, undefined> {
    return new OneByOne(this.#batches())
  }

  /** Follow no more packets. Resolves as `ended` does; what was heard is told. */
  end(): Promise<TraceEnd> {
    this.#begun ??= Promise.resolve(this.#settle({ hooks: 'gone', lost: 0 }))
    this.#stopping.abort()
    return this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
  }

  async *#batches(): AsyncGenerator<readonly TracedPath[], void, undefined> {
    await this.begin()
    yield* this.#paths.batches(() => this.#stopping.abort())
  }

  async #begin(): Promise<void> {
    try {
      const twice = this.risks.filter(({ effect }) => effect === 'judged twice')
      const concerned = () => this.#host.queues()?.filter(({ queue }) => twice.some((risk) => risk.queue === queue))
      if (twice.length > 0 && !(await lull(concerned, this.#patienceMilliseconds, this.#signal)))
        throw new QueuesBusyError(twice)
      const steps = this.#host.steps()
      this.#run(steps, await this.#install(steps)).then(this.#settle, (error: unknown) => {
        this.#paths.end({ error })
        this.#settle(Promise.reject(error))
      })
    } catch (error) {
      this.#paths.end({ error })
      this.#settle({ hooks: 'gone', lost: 0 })
      throw error
    }
  }

  async #install(steps: Steps): Promise<Followed> {
    try {
      const { handles } = await this.#host.commit((batch) => batch.create(...this.#own.parts))
      return new Followed(this.#own, handles, this.#packets, (path) => this.#paths.push(path))
    } catch (error) {
      steps.close()
      throw error
    }
  }

  async #run(steps: Steps, followed: Followed): Promise<TraceEnd> {
    const reading = followed.read(steps).finally(() => this.#stopping.abort())
    reading.catch(() => {})
    await this.#stopped(followed)
    await this.#host.commit((batch) => batch.flush(...this.#own.first))
    await pause(silenceMilliseconds)
    steps.close()
    await reading
    followed.endSilent()
    this.#paths.end()
    const isIdle = await lull(() => this.#host.queues(), this.#patienceMilliseconds)
    if (isIdle) await this.#host.commit((batch) => batch.delete(this.#own.table))
    return { hooks: isIdle ? 'gone' : 'left', lost: followed.lost }
  }

  /** Resolves when no more packets are looked for. */
  async #stopped(followed: Followed): Promise<void> {
    const until = performance.now() + this.#durationMilliseconds
    const isOver = () => this.#stopping.signal.aborted || this.#signal?.aborted || performance.now() >= until
    while (!isOver() && !followed.isDone) {
      await pause(50)
      followed.endSilent(silenceMilliseconds)
    }
  }
}

const checks = {
  packets: (value: unknown) => check.whole('packets', value, 1, 1_000_000),
  durationMilliseconds: (value: unknown) => check.milliseconds('durationMilliseconds', value),
  rate: (value: unknown) => check.whole('rate', value, 1, 10_000),
  asked: (value: unknown) => value,
  patienceMilliseconds: (value: unknown) => check.milliseconds('patienceMilliseconds', value),
  signal: (value: unknown) => value,
}
