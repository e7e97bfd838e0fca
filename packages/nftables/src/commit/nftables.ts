import { decode, EncodeError, type Message, messageFlags } from '@nfkit/netlink-codec'
import { nftGeneration, nftMessage } from '@nfkit/netlink-codec/nftables'
import { encodeMessage, netfilterHeaderSize } from '@nfkit/netlink-codec/nfnetlink'
import {
  type Advice,
  check,
  type Connection,
  NetlinkError,
  TransactionError,
  type TransactionOptions,
  type TransactionOutcome,
} from '@nfkit/netlink-transport'
import type { QueueForm } from '../lower/steps.ts'
import { Batch } from './batch.ts'
import { Encoding, familyNumber, type Part as EncodedPart } from './encoding.ts'
import { CommitError, failuresOf, UncheckedError } from './failure.ts'
import { type Features, Probe } from './features.ts'
import type { Operation, Part } from './operation.ts'
import { baseChainsOf, tableKey, trialOf } from './trial.ts'

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

/** What a commit made. */
export interface Committed {
  /** The generation of the ruleset that it made; `undefined` where the kernel did not tell: a batch that begins with elements, or changed nothing. */
  readonly generation: number | undefined
  /** The kernel's handles of what the batch made: tables, chains, sets, maps, objects and rules. */
  readonly handles: ReadonlyMap<Part, bigint>
}

/** A batch, or what fills one. */
export type BatchSource = Batch | ((batch: Batch) => unknown)

const batchAdvice: Advice = {
  ERESTART: 'the ruleset was changed after the generation that was given: read it again, and make the batch anew',
  EOPNOTSUPP: 'this kernel has no nf_tables: load the module nf_tables',
}

/**
 * The nf_tables of a network namespace. Tables with an owner belong to it, and go when it is closed.
 *
 * @example
 * import { openMnl } from '@nfkit/mnl-native'
 * import { counter, drop, ip, ipv4Address, openNftables, table } from '@nfkit/nftables'
 *
 * await using nft = await openNftables(openMnl())
 * const fw = table('inet', 'fw', { owner: true })
 * const blocked = fw.set('blocked', { key: ipv4Address, timeouts: true })
 * const input = fw.chain('input', { hook: 'input', priority: 'filter' })
 * await nft.commit((batch) => batch.add(fw, blocked, input, input.rule(ip.saddr.in(blocked), counter(), drop())))
 * await nft.commit((batch) => batch.add(blocked.element('192.0.2.7', { timeoutSeconds: 60 })))
 */
export class Nftables implements AsyncDisposable {
  readonly #connection: Connection
  readonly #probe: Probe

  /** Of a connection that is open and receives; `openNftables` makes one, and asks whether this kernel has nf_tables. */
  constructor(connection: Connection) {
    this.#connection = connection
    this.#probe = new Probe((operations, queue) => this.#dryRun(operations, queue))
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
    const parts = new Encoding({ queue, echo: true }).add(operations)
    const added = await this.#addedHooks(operations)
    if (added.size > 0) await this.#tryFirst(operations, added, queue)
    const outcomes = await this.#transaction(parts, given)
    return committed(parts, outcomes)
  }

  /**
   * Have the kernel check a batch and do nothing of it. No waiting packet is lost: what would get a hook is tried where it has none.
   *
   * Rejects as `commit` does, and with `UncheckedError` for a new base chain whose rules refer to what only the kernel's table has.
   */
  async check(source: BatchSource, options: CommitOptions = {}): Promise<void> {
    const operations = await operationsOf(source)
    const given = checked('check', options)
    const queue = await this.#queueFor(operations)
    new Encoding({ queue, echo: false }).add(operations)
    const added = await this.#addedHooks(operations)
    await this.#try(operations, added, queue, given)
  }

  /** Close the socket: tables with an owner go, unless they persist. Commits that wait are rejected. Closing twice is fine. */
  close(): void {
    this.#connection.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /** A trial that could not be is no reason not to commit. */
  async #tryFirst(operations: readonly Operation[], added: ReadonlySet<Operation>, queue: QueueForm): Promise<void> {
    try {
      await this.#try(operations, added, queue, {})
    } catch (error) {
      if (!(error instanceof UncheckedError)) throw error
    }
  }

  async #try(
    operations: readonly Operation[],
    added: ReadonlySet<Operation>,
    queue: QueueForm,
    options: TransactionOptions,
  ): Promise<void> {
    const tables = new Set<string>()
    for (const { part } of added) if (await this.#has('Table', part)) tables.add(tableKey(part))
    const trial = trialOf(operations, { tables, added })
    try {
      await this.#dryRun(trial.operations, queue, options)
    } catch (error) {
      const isLacking =
        error instanceof CommitError &&
        error.failures.every(({ code, operation }) => code === 'ENOENT' && trial.copied.has(operation))
      throw isLacking ? new UncheckedError(error) : error
    }
  }

  async #dryRun(operations: readonly Operation[], queue: QueueForm, options: TransactionOptions = {}): Promise<void> {
    await this.#transaction(new Encoding({ queue, echo: false }).add(operations), { ...options, dryRun: true })
  }

  /** Base chains of the batch that are not in the kernel. */
  async #addedHooks(operations: readonly Operation[]): Promise<ReadonlySet<Operation>> {
    const asleep = new Set(operations.filter(({ part }) => part.kind === 'table' && part.dormant).map(({ part }) => tableKey(part)))
    const added = new Set<Operation>()
    for (const operation of baseChainsOf(operations))
      if (!asleep.has(tableKey(operation.part)) && !(await this.#has('Chain', operation.part))) added.add(operation)
    return added
  }

  /** Whether the kernel has a chain, or the table of one. */
  async #has(noun: 'Table' | 'Chain', part: Part): Promise<boolean> {
    if (part.kind !== 'chain') return false
    const { type, table } = nftMessage[`get${noun}`]
    const attrs = noun === 'Table' ? { name: part.table } : { table: part.table, name: part.name }
    try {
      await this.#connection.request(encodeMessage({ type, flags: 0, family: familyNumber(part.family) }, table, attrs))
      return true
    } catch (error) {
      if (error instanceof NetlinkError && error.code === 'ENOENT') return false
      throw error
    }
  }

  async #queueFor(operations: readonly Operation[]): Promise<QueueForm> {
    const isQueueing = operations.some(({ part }) => part.kind === 'rule' && part.body.some(({ kind }) => kind === 'queue'))
    return isQueueing ? ((await this.#probe.queue()) ?? 'expression') : 'expression'
  }

  async #transaction(parts: readonly EncodedPart[], options: TransactionOptions): Promise<readonly TransactionOutcome[]> {
    const messages = parts.map(({ message }) => message)
    this.#makeRoom(messages)
    try {
      return await this.#connection.transaction(messages, { timeoutMilliseconds: 30_000, advice: batchAdvice, ...options })
    } catch (error) {
      if (!(error instanceof TransactionError)) throw error
      throw new CommitError(failuresOf(error, parts, this.#connection.protocol))
    }
  }

  /** One datagram holds all messages, and the kernel tells what it made before anything is read. */
  #makeRoom(messages: readonly Uint8Array[]): void {
    const { transport } = this.#connection
    const size = messages.reduce((sum, { length }) => sum + length, 4096)
    if (size > transport.sendLimit) transport.resize({ send: size })
    const told = messages.length * 2048
    if (told > transport.counters().receiveBuffer) transport.resize({ receive: told })
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

function committed(parts: readonly EncodedPart[], outcomes: readonly TransactionOutcome[]): Committed {
  const handles = new Map<Part, bigint>()
  let generation: number | undefined
  for (const [i, { messages }] of outcomes.entries())
    for (const message of messages) {
      if (message.type === nftMessage.newGeneration.type) generation = generationOf(message)
      else if (message.type === parts[i]!.type.type) {
        const { handle } = decode(parts[i]!.type.table, message.bytes, message.start + netfilterHeaderSize, message.end) as { handle?: bigint }
        if (handle !== undefined) handles.set(parts[i]!.operations[0]!.part, handle)
      }
    }
  return { generation, handles }
}

const generationOf = ({ bytes, start, end }: Message): number | undefined =>
  decode(nftGeneration, bytes, start + netfilterHeaderSize, end).id
