import type { Transport } from '@nfkit/netlink-transport'

/** Whether a transport reads: not while a queue on it can take no more, unless a request waits for the kernel's answer. */
export class Reading {
  readonly #transport: Transport
  readonly #failed: (error: Error) => void
  readonly #saturated = new Set<unknown>()
  #requests = 0
  #stopped = false

  /** `failed` hears what the socket says against it. */
  constructor(transport: Transport, failed: (error: Error) => void) {
    this.#transport = transport
    this.#failed = failed
  }

  /** This queue cannot take more: the whole transport waits. */
  saturated(queue: unknown): void {
    this.#saturated.add(queue)
    this.#regulate()
  }

  unsaturated(queue: unknown): void {
    if (this.#saturated.delete(queue)) this.#regulate()
  }

  /** Read nothing any more, not even answers: what comes is for the next reader. */
  stop(): void {
    this.#stopped = true
    this.#regulate()
  }

  /** Read while a request is under way, saturated queues or not. */
  async during<T>(request: () => Promise<T>): Promise<T> {
    this.#requests++
    this.#regulate()
    try {
      return await request()
    } finally {
      this.#requests--
      this.#regulate()
    }
  }

  #regulate(): void {
    try {
      if (this.#stopped || (this.#saturated.size > 0 && this.#requests === 0)) this.#transport.pause()
      else this.#transport.resume()
    } catch (error) {
      this.#failed(error as Error)
    }
  }
}
