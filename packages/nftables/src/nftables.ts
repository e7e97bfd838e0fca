import { type Connection, check, NetlinkError, type TransactionOptions } from '@nfkit/netlink-transport'
import { type Plan, planOf } from './apply/plan.ts'
import { type BatchSource, operationsOf } from './commit/batch.ts'
import { type Committed, committed } from './commit/committed.ts'
import { type Features, Probe } from './commit/features.ts'
import type { Operation, Part } from './commit/operation.ts'
import { Rehearsal } from './commit/rehearsal.ts'
import { Transactions } from './commit/transactions.ts'
import type { QueueForm } from './lower/steps.ts'
import { readObjects } from './reading/counted.ts'
import { RulesetWatch } from './reading/events/watch.ts'
import { list } from './reading/list.ts'
import type { Ruleset } from './reading/listing.ts'
import { type Counted, resetCounters } from './reading/reset.ts'
import { type ReadOptions, readGeneration, readRaw } from './reading/snapshot.ts'
import type { OpenStreams, StreamOptions } from './reading/stream.ts'
import type { Clause } from './statements/statement.ts'
import { Steps } from './tracing/steps.ts'
import { Trace, type TraceOptions } from './tracing/trace.ts'
import { queuesOf } from './tracing/waiting.ts'
import type { TableName } from './values/identity.ts'
import type { NamedObject } from './values/object.ts'
import type { Comment } from './values/rule.ts'

/** Options of `commit` and `check`. */
export interface CommitOptions {
  /**
   * The generation of the ruleset that the batch was made for, as `generation()` told it: when it is another by now, nothing is done, and
   * the error's code is `ERESTART`.
   */
  readonly generation?: number | undefined
  /** Stop waiting. The kernel may have committed all the same. */
  readonly signal?: AbortSignal | undefined
  /** How long the kernel may be silent: 30,000 by default. Large sets take a second. */
  readonly timeoutMilliseconds?: number | undefined
}

/** Options of `apply`. */
export type ApplyOptions = Omit<CommitOptions, 'generation'>

/** How often `apply` begins anew when the ruleset changes meanwhile. */
const mostAttempts = 16

/**
 * The nf_tables of a network namespace. Tables with an owner belong to it, and go when it is closed.
 *
 * @example
 * import { counter, drop, ip, ipv4Address, type Nftables, table } from '@nfkit/nftables'
 *
 * export async function block(nft: Nftables, address: string) {
 *   const fw = table('inet', 'fw', { owner: true })
 *   const blocked = fw.set('blocked', { key: ipv4Address, timeouts: true })
 *   const input = fw.chain('input', { hook: 'input', priority: 'filter' })
 *   await nft.commit((batch) => batch.add(fw, blocked, input, input.rule(ip.saddr.in(blocked), counter(), drop())))
 *   await nft.commit((batch) => batch.add(blocked.element(address, { timeoutSeconds: 60 })))
 * }
 */
export class Nftables implements AsyncDisposable {
  readonly #connection: Connection
  readonly #transactions: Transactions
  readonly #rehearsal: Rehearsal
  readonly #probe: Probe
  /** What ends when this is closed. */
  readonly #open: OpenStreams = new Set()
  #traces = 0

  /** Of a connection that is open and receives; `openNftables` makes one, and asks whether this kernel has nf_tables. */
  constructor(connection: Connection) {
    this.#connection = connection
    this.#transactions = new Transactions(connection)
    this.#rehearsal = new Rehearsal(this.#transactions)
    this.#probe = new Probe((operations, queue) => this.#rehearsal.dryRun(operations, queue))
  }

  /** The generation of the ruleset: another one after each commit, whose ever it is. Rejects with `NetlinkError`. */
  generation(): Promise<number> {
    return readGeneration(this.#connection)
  }

  /**
   * Everything there is, or one table of it, as values of one generation. Rejects with `NetlinkError`, and with `DumpInterruptedError` when others commit
   * without a pause.
   *
   * @example
   * import { printRuleset } from '@nfkit/nftables'
   *
   * export const show = async (nft: Nftables) => console.error(printRuleset(await nft.list()))
   */
  async list(options: ReadOptions = {}): Promise<Ruleset> {
    check.options('list', options, { table: true, elements: true, signal: true })
    return list(await readRaw(this.#connection, options))
  }

  /**
   * The ruleset, then every commit as it comes, whose ever it is. Ends when the nf_tables are closed. Throws `TypeError` and `RangeError` for
   * options that cannot be, and `TransportError` when there is no socket to listen with.
   */
  watch(options: StreamOptions = {}): RulesetWatch {
    return new RulesetWatch(this.#connection, () => this.#connection.transport.sibling(), options, this.#open)
  }

  /** The steps of packets that any rule marks with `meta nftrace set 1`, each with its rule. Ends, and throws, as `watch` does. */
  steps(options: StreamOptions = {}): Steps {
    return new Steps(this.#connection, () => this.#connection.transport.sibling(), options, this.#open)
  }

  /**
   * The ways of packets that meet conditions about headers, marks and interfaces: a table with an owner marks them, a few a second, and goes
   * when the trace ends. Nothing is changed before it begins; `risks` says what it can do to packets that wait in queues.
   *
   * Rejects with `EncodeError` for conditions that cannot be, `RangeError` and `TypeError` for options that make no sense, and as `list` does.
   *
   * @example
   * import { printRule, tcp } from '@nfkit/nftables'
   *
   * export async function why(nft: Nftables) {
   *   await using trace = await nft.trace([ip.daddr.is('10.0.0.2'), tcp.dport.is(443)], { packets: 1 })
   *   for (const { text } of trace.risks) console.error(text)
   *   for await (const { steps, outcome } of trace) {
   *     for (const { chain, rule, verdict } of steps) console.error(chain, rule && printRule(rule), rule?.source, verdict?.kind)
   *     console.error(outcome.kind)
   *   }
   * }
   */
  async trace(conditions: readonly (Clause | Comment)[], options: TraceOptions = {}): Promise<Trace> {
    const { transport } = this.#connection
    const host = {
      commit: (source: BatchSource) => this.commit(source),
      steps: () => this.steps(),
      queues: () => queuesOf(transport),
    }
    const name = `nfkit-trace-${transport.portId}-${++this.#traces}`
    return new Trace(host, name, conditions, await this.list(), options)
  }

  /** The counters, quotas, limits and helpers of a table that have a name, with what they have counted, and nothing else of it. Rejects with `NetlinkError`. */
  objects(table: TableName, options: Pick<ReadOptions, 'signal'> = {}): Promise<readonly NamedObject[]> {
    return readObjects(this.#connection, table, check.options('objects', options, { signal: true }))
  }

  /** What the objects and rules of a table have counted, which begin anew with that. Rejects with `NetlinkError`: EINVAL before Linux 6.2. */
  resetCounters(table: TableName, options: Pick<ReadOptions, 'signal'> = {}): Promise<Counted> {
    return resetCounters(this.#connection, table, check.options('resetCounters', options, { signal: true }))
  }

  /** What this kernel has of what not all kernels have. Asked once, without any effect. Rejects as `check` does where the kernel does not answer. */
  features(): Promise<Features> {
    return this.#probe.all()
  }

  /**
   * Have the kernel do all of a batch, at once for all packets, or nothing. Resolves when the kernel has proven that it did.
   *
   * A batch with a new base chain is tried first where it has no hook: a hook that the kernel takes back, because something else in the
   * batch is refused, drops all packets that wait in queues of the namespace.
   *
   * Rejects with `CommitError`, which names each operation that was refused; with `NetlinkError` when the kernel refuses the batch as a
   * whole (EPERM without CAP_NET_ADMIN, ERESTART at another generation); with `TransportError` (EMSGSIZE) when the batch exceeds the largest
   * send buffer the system grants; with `EncodeError` for what cannot be told to the kernel; and with what the function throws that fills the batch.
   */
  async commit(source: BatchSource, options: CommitOptions = {}): Promise<Committed> {
    const operations = await operationsOf(source)
    const given = checked('commit', options)
    const queue = await this.#queueFor(operations)
    await this.#rehearsal.beforeHooks(operations, queue)
    return committed(await this.#transactions.run(operations, { queue, echo: true }, given))
  }

  /**
   * Have the kernel check a batch and do nothing of it. No waiting packet is lost: what would get a hook is tried where it has none.
   *
   * Rejects as `commit` does, and with `UncheckedError` for a new base chain whose rules refer to what only the kernel's table has.
   */
  async check(source: BatchSource, options: CommitOptions = {}): Promise<void> {
    const operations = await operationsOf(source)
    await this.#rehearsal.check(operations, await this.#queueFor(operations), checked('check', options))
  }

  /**
   * What `apply` would do, and in which words of nft. Rejects with `NetlinkError` and `DumpInterruptedError` when the ruleset cannot be read, and
   * with `EncodeError` for what is wanted twice, or in a table or chain that is not wanted.
   */
  async plan(wanted: Iterable<Part>): Promise<Plan> {
    const parts = [...wanted]
    const tables = parts.filter((part) => part.kind === 'table')
    const only = tables.length === 1 ? { table: tables[0] } : {}
    return planOf(parts, list(await readRaw(this.#connection, only)))
  }

  /**
   * Make tables as they are wanted, with everything in them, by the smallest batch from what the kernel has; other tables are not touched.
   * Rules that stay keep their handles and counters, and every base chain that can stay keeps its hook: one that is not wanted is emptied and
   * accepts. Elements of sets with timeouts, and of those that rules add to, stay, too. Begins anew when the ruleset changes meanwhile.
   *
   * Resolves to what was done. Rejects as `plan` and `commit` do.
   *
   * @example
   * import { accept, tcp } from '@nfkit/nftables'
   *
   * export async function open(nft: Nftables, ports: number[]) {
   *   const fw = table('inet', 'fw')
   *   const input = fw.chain('input', { hook: 'input', policy: 'drop' })
   *   const { text } = await nft.apply([fw, input, input.rule(tcp.dport.in(ports), accept())])
   *   console.error(text)
   * }
   */
  async apply(wanted: Iterable<Part>, options: ApplyOptions = {}): Promise<Plan> {
    check.options('apply', options, { signal: true, timeoutMilliseconds: true })
    const parts = [...wanted]
    for (let attempt = 1; ; attempt++) {
      options.signal?.throwIfAborted()
      const plan = await this.plan(parts)
      try {
        await this.commit(plan.batch, { ...options, generation: plan.generation })
        return plan
      } catch (error) {
        const isOutrun = error instanceof NetlinkError && error.code === 'ERESTART'
        if (!isOutrun || attempt >= mostAttempts) throw error
      }
    }
  }

  /** Close the socket: tables with an owner go, unless they persist. Commits that wait are rejected. Closing twice is fine. */
  close(): void {
    for (const one of this.#open) one.close()
    this.#connection.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  async #queueFor(operations: readonly Operation[]): Promise<QueueForm> {
    const isQueueing = operations.some(
      ({ part }) => part.kind === 'rule' && part.body.some(({ kind }) => kind === 'queue'),
    )
    return isQueueing ? ((await this.#probe.queue()) ?? 'expression') : 'expression'
  }
}

function checked(what: string, options: CommitOptions): TransactionOptions {
  const {
    generation,
    signal,
    timeoutMilliseconds = 30_000,
  } = check.options(what, options, {
    generation: true,
    signal: true,
    timeoutMilliseconds: true,
  })
  if (generation !== undefined) check.whole('generation', generation, 0, 0xffff_ffff)
  return { generation, signal, timeoutMilliseconds }
}
