import { udp } from '@nfkit/ip-codec/build'
import { type Fault, SimulatedKernel, type SimulatedTransport } from '@nfkit/simulator'
import { openQueue, type Queue, type QueueEvents, type QueueOptions } from '../src/index.ts'

export const bytes = udp('192.0.2.1:4000 > 198.51.100.2:53', { payload: new Uint8Array(20) })

const events = ['lost', 'trouble', 'verdictError', 'unjudged', 'handlerError', 'lateVerdict'] as const

/** A queue that accepts what is left to it, on a kernel of its own, and what it tells. */
export class Stage implements AsyncDisposable {
  readonly kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  readonly transport: SimulatedTransport = this.kernel.connect()
  readonly told: [keyof QueueEvents, unknown][] = []
  #queue: Queue | undefined

  static async open(options: Partial<QueueOptions> = {}): Promise<Stage> {
    const stage = new Stage()
    const queue = await openQueue(stage.transport, { number: 0, onUnjudged: 'accept', ...options })
    for (const event of events) queue.on(event, (what: unknown) => stage.told.push([event, what]))
    stage.#queue = queue
    return stage
  }

  get queue(): Queue {
    return this.#queue!
  }

  /** What was told of one event. */
  of<K extends keyof QueueEvents>(event: K): QueueEvents[K][0][] {
    return this.told.filter(([name]) => name === event).map(([, what]) => what as QueueEvents[K][0])
  }

  /** Verdicts of so many packets, which arrive in one burst. */
  async deliver(count: number): Promise<string[]> {
    const outcomes = await Promise.all(Array.from({ length: count }, () => this.kernel.deliver(bytes)))
    return outcomes.map(({ verdict, reason }) => (reason === 'verdict' ? verdict : `${verdict}: ${reason}`))
  }

  inject(fault: Fault): void {
    this.kernel.inject(fault, this.transport)
  }

  /** From now on every send fails, or none does. */
  sendsFail(on: boolean, code: 'ENOBUFS' | 'EBADF' = 'ENOBUFS'): void {
    this.inject({ kind: 'send error', code, times: on ? Number.POSITIVE_INFINITY : 0 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.sendsFail(false)
    await this.queue.close()
  }
}

/** What surfaces as uncaught exceptions while `run` runs. */
export async function uncaught(run: () => Promise<unknown>): Promise<unknown[]> {
  const thrown: unknown[] = []
  const catcher = (error: unknown) => thrown.push(error)
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException').on('uncaughtException', catcher)
  try {
    await run()
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    process.off('uncaughtException', catcher)
    for (const other of others) process.on('uncaughtException', other)
  }
  return thrown
}
