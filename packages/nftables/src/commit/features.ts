import type { QueueForm } from '../lower/steps.ts'
import { counter } from '../statements/meter.ts'
import { queue } from '../statements/queue.ts'
import { Table, type TableOptions } from '../values/table.ts'
import { RuleBatch, stepsOf } from './batch.ts'
import { CommitError } from './failure.ts'
import type { Operation } from './operation.ts'

/** What not all kernels have. */
export interface Features {
  /** Tables that go with their owner: Linux 5.12. */
  readonly owner: boolean
  /** Tables that outlive their owner and can be adopted: Linux 6.9. */
  readonly persist: boolean
  /** `destroy` in batches: Linux 6.3. */
  readonly destroy: boolean
  /**
   * How rules queue packets: with the kernel's own expression or, where it was built without (CONFIG_NFT_QUEUE), with iptables'
   * target NFQUEUE, which nft lists as such; `undefined` where it has neither.
   */
  readonly queue: QueueForm | undefined
}

type Try = (operations: readonly Operation[], queue: QueueForm) => Promise<void>

/** A table that is tried, never made: asleep, so that nothing in it has a hook. */
const name = 'nfkit-probe'

/** Asks the kernel what it has, by dry runs without a hook: no packet, generation or event notices. */
export class Probe {
  readonly #try: Try
  #queue: Promise<QueueForm | undefined> | undefined
  #all: Promise<Features> | undefined

  /** `attempt` is a dry run. */
  constructor(attempt: Try) {
    this.#try = attempt
  }

  /** How rules queue packets. Not remembered when the question failed. */
  queue(): Promise<QueueForm | undefined> {
    this.#queue ??= this.#askQueue().catch((error: unknown) => {
      this.#queue = undefined
      throw error
    })
    return this.#queue
  }

  /** All features. Not remembered when a question failed. */
  all(): Promise<Features> {
    this.#all ??= this.#askAll().catch((error: unknown) => {
      this.#all = undefined
      throw error
    })
    return this.#all
  }

  async #askAll(): Promise<Features> {
    return {
      owner: await this.#takes(new RuleBatch().add(asleep({ owner: true }))),
      persist: await this.#takes(new RuleBatch().add(asleep({ owner: true, persist: true }))),
      destroy: await this.#takes(new RuleBatch().destroy(asleep())),
      queue: await this.queue(),
    }
  }

  async #askQueue(): Promise<QueueForm | undefined> {
    const table = asleep()
    const chain = table.chain('probe')
    // A counter in front: the kernel blames the expression that it lacks, not the rule.
    const batch = new RuleBatch().add(table, chain, chain.rule(counter(), queue(0)))
    for (const form of ['expression', 'target'] as const) if (await this.#takes(batch, form)) return form
    return undefined
  }

  async #takes(batch: RuleBatch, queue: QueueForm = 'expression'): Promise<boolean> {
    try {
      await this.#try(stepsOf(batch), queue)
      return true
    } catch (error) {
      if (error instanceof CommitError) return false
      throw error
    }
  }
}

const asleep = (options: TableOptions = {}): Table => new Table('inet', name, { ...options, dormant: true })
