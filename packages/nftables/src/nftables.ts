import { decode, EncodeError, type Message } from '@nfkit/netlink-codec'
import { nftGeneration, nftMessage } from '@nfkit/netlink-codec/nftables'
import { encodeMessage, netfilterHeaderSize } from '@nfkit/netlink-codec/nfnetlink'
import { check, type Connection, NetlinkError, type TransactionOptions } from '@nfkit/netlink-transport'
import type { QueueForm } from './lower/steps.ts'
import { type Plan, planOf } from './apply/plan.ts'
import { Batch } from './commit/batch.ts'
import { type Features, Probe } from './commit/features.ts'
import type { Operation, Part } from './commit/operation.ts'
import { Rehearsal } from './commit/rehearsal.ts'
import { type Outcome, Transactions } from './commit/transactions.ts'
import { list } from './reading/list.ts'
import { readRaw } from './reading/snapshot.ts'

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

/** What a commit made. */
export interface Committed {
  /** The generation of the ruleset that it made; `undefined` where the kernel did not tell: a batch that begins with elements, or changed nothing. */
  readonly generation: number | undefined
  /** The kernel's handles of what the batch made: tables, chains, sets, maps, objects and rules. */
  readonly handles: ReadonlyMap<Part, bigint>
}

/** A batch, or what fills one. */
export type BatchSource = Batch | ((batch: Batch) => unknown)

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

  /** Of a connection that is open and receives; `openNftables` makes one, and asks whether this kernel has nf_tables. */
  constructor(connection: Connection) {
    this.#connection = connection
    this.#transactions = new Transactions(connection)
    this.#rehearsal = new Rehearsal(this.#transactions)
    this.#probe = new Probe((operations, queue) => this.#rehearsal.dryRun(operations, queue))
  }

  /** The generation of the ruleset: another one after each commit, whose ever it is. Rejects with `NetlinkError`. */
  async generation(): Promise<number> {
    const request = encodeMessage({ type: nftMessage.getGeneration.type, flags: 0 }, nftGeneration, {})
    const [answer] = await this.#connection.request(request)
    return (answer && generationOf(answer)) ?? 0
  }

  /** What this kernel has of what not all kernels have. Asked once, without any effect. */
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
   * import { accept, table, tcp } from '@nfkit/nftables'
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

async function operationsOf(source: BatchSource): Promise<readonly Operation[]> {
  if (source instanceof Batch) return source.operations
  if (typeof source !== 'function') throw new EncodeError('commit', 'it takes a batch, or a function that fills one')
  const batch = new Batch()
  await source(batch)
  return batch.operations
}

function checked(what: string, options: CommitOptions): TransactionOptions {
  const { generation, signal, timeoutMilliseconds = 30_000 } = check.options(what, options, {
    generation: true,
    signal: true,
    timeoutMilliseconds: true,
  })
  if (generation !== undefined) check.whole('generation', generation, 0, 0xffff_ffff)
  return { generation, signal, timeoutMilliseconds }
}

function committed({ parts, outcomes }: Outcome): Committed {
  const handles = new Map<Part, bigint>()
  let generation: number | undefined
  for (const [i, { messages }] of outcomes.entries()) {
    const { type, operations } = parts[i]!
    for (const message of messages) {
      if (message.type === nftMessage.newGeneration.type) generation = generationOf(message)
      if (message.type !== type.type) continue
      const { bytes, start, end } = message
      const { handle }: { readonly handle?: bigint } = decode(type.table, bytes, start + netfilterHeaderSize, end)
      if (handle !== undefined) handles.set(operations[0]!.part, handle)
    }
  }
  return { generation, handles }
}

const generationOf = ({ bytes, start, end }: Message): number | undefined =>
  decode(nftGeneration, bytes, start + netfilterHeaderSize, end).id
