import type { TransactionOptions } from '@nfkit/netlink-transport'
import type { QueueForm } from '../lower/steps.ts'
import { CommitError, type CommitFailure, UncheckedError } from './failure.ts'
import type { Operation } from './operation.ts'
import type { Transactions } from './transactions.ts'
import { baseChainsOf, type Trial, tableKey, trialOf } from './trial.ts'

/** Has the kernel check batches, without a hook that it would take back. */
export class Rehearsal {
  readonly #transactions: Transactions

  /** Over a connection. */
  constructor(transactions: Transactions) {
    this.#transactions = transactions
  }

  /** Rejects with `CommitError` for what would be refused, with `UncheckedError` where that cannot be known. */
  async check(operations: readonly Operation[], queue: QueueForm, options: TransactionOptions = {}): Promise<void> {
    await this.#try(operations, await this.#addedHooks(operations), queue, options)
  }

  /** The same, for a batch with a new base chain alone: of others the kernel takes nothing back that matters. */
  async beforeHooks(operations: readonly Operation[], queue: QueueForm): Promise<void> {
    const added = await this.#addedHooks(operations)
    if (added.size === 0) return
    try {
      await this.#try(operations, added, queue, {})
    } catch (error) {
      // What cannot be tried may be committed all the same.
      if (!(error instanceof UncheckedError)) throw error
    }
  }

  /** A dry run as it is. */
  async dryRun(operations: readonly Operation[], queue: QueueForm, options: TransactionOptions = {}): Promise<void> {
    await this.#transactions.run(operations, { queue, echo: false }, { ...options, dryRun: true })
  }

  async #try(
    operations: readonly Operation[],
    added: ReadonlySet<Operation>,
    queue: QueueForm,
    options: TransactionOptions,
  ): Promise<void> {
    const tables = new Set<string>()
    for (const { part } of added)
      if (part.kind === 'chain' && (await this.#transactions.hasTableOf(part))) tables.add(tableKey(part))
    const trial = trialOf(operations, { tables, added })
    try {
      await this.dryRun(trial.operations, queue, options)
    } catch (error) {
      throw error instanceof CommitError ? meant(error, trial) : error
    }
  }

  /** Base chains of the batch that are not in the kernel, and whose tables do not sleep. */
  async #addedHooks(operations: readonly Operation[]): Promise<ReadonlySet<Operation>> {
    const asleep = new Set(
      operations.filter(({ part }) => part.kind === 'table' && part.dormant).map(({ part }) => tableKey(part)),
    )
    const added = new Set<Operation>()
    for (const operation of baseChainsOf(operations)) {
      const { part } = operation
      if (part.kind !== 'chain' || asleep.has(tableKey(part))) continue
      if (!(await this.#transactions.hasChain(part))) added.add(operation)
    }
    return added
  }
}

/** A copy lacks what only the kernel's table has: that says nothing of the batch. What it refuses for another reason says more than the stand-in. */
function meant(error: CommitError, { copies }: Trial): Error {
  const isCopied = ({ operation }: CommitFailure) => copies.has(tableKey(operation.part))
  const telling = error.failures.filter((failure) => failure.code !== 'ENOENT' || !isCopied(failure))
  if (telling.length === 0) return new UncheckedError(error)
  const byPath = new Map<string, CommitFailure>()
  for (const failure of telling) if (!byPath.has(failure.path) || isCopied(failure)) byPath.set(failure.path, failure)
  return new CommitError([...byPath.values()])
}
