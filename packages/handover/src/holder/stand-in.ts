import { openQueue, type Queue } from '@nfkit/nfqueue'
import type { Plan } from '../options.ts'
import type { Holder } from './holder.ts'

/** How long packets may take that are judged at once. */
const leavingMilliseconds = 100

/** Judges while no worker does: every packet alike. */
export class StandIn implements Holder {
  readonly #plan: Plan
  #queues: readonly Queue[] = []

  constructor(plan: Plan) {
    this.#plan = plan
  }

  async take(): Promise<void> {
    const { queues, sockets, absent } = this.#plan
    const open = Object.entries(queues).flatMap(([name, list]) => {
      if (list.length === 0) return []
      const transport = sockets[name]!.heir()
      return list.map((options) => openQueue(transport, { ...options, onUnjudged: absent, orphans: absent }))
    })
    const opened = await Promise.allSettled(open)
    this.#queues = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const failed = opened.find((one) => one.status === 'rejected')
    if (failed) {
      await this.leave()
      throw failed.reason
    }
    for (const queue of this.#queues) queue.run(() => absent)
  }

  async leave(): Promise<undefined> {
    await Promise.all(this.#queues.map((queue) => queue.handOver({ milliseconds: leavingMilliseconds })))
  }

  /** Judge what waits, and unbind. */
  async close(): Promise<void> {
    await Promise.all(this.#queues.map((queue) => queue.close()))
  }
}
