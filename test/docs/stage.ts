import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { SupervisorOptions, Take } from '@nfkit/handover'
import { tcp, udp } from '@nfkit/ip-codec/build'
import type { openLog, PacketLog } from '@nfkit/nflog'
import type { openPool, openQueue, PoolModule, PoolOptions, Queue, QueueOptions, QueueStats } from '@nfkit/nfqueue'
import { SimulatedKernel } from '@nfkit/simulator'

type OpenQueue = typeof openQueue
type OpenLog = typeof openLog
type Pool = Awaited<ReturnType<typeof openPool>>

/** Against hangs, not slowness. */
const patienceMilliseconds = 15_000

/** What arrives on the stage: something for every kind of filter, on new connections each time. */
const traffic = (round: number): Uint8Array[] => {
  const client = (host: string) => `${host}:${10_000 + round}`
  const [ipv4, ipv6] = [client('192.0.2.10'), client('[2001:db8::10]')]
  return [
    tcp(`${ipv4} > 198.51.100.1:22`, { syn: true, options: [{ kind: 'mss', size: 1460 }] }),
    tcp(`${ipv4} > 198.51.100.1:23`, { syn: true }),
    tcp(`${ipv4} > 198.51.100.1:443`, { syn: true }),
    udp(`${ipv4} > 198.51.100.1:53`, { payload: 'a question' }),
    tcp(`${ipv6} > [2001:db8::1]:443`, { syn: true }),
  ]
}

/** One snippet's kernel, and what it opened there. */
export class Stage {
  readonly kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  /** What went wrong besides exceptions. */
  readonly problems: string[] = []
  #inUse = false
  /** Whether the snippet waits for the end of what it reads. */
  #isAwaited = false
  readonly #queues = new Map<Queue, { taken: boolean }>()
  readonly #logs: PacketLog[] = []

  /** `openMnl`, to this kernel. */
  readonly openMnl = () => {
    this.#inUse = true
    return this.kernel.connect()
  }

  /** `openQueue`, watched. */
  watching(open: OpenQueue): OpenQueue {
    return async (transport, options) => {
      const queue = await open(transport, options)
      // A snippet with a kernel of its own plays for itself.
      if (!this.#inUse) return queue
      const state = { taken: false }
      this.#queues.set(queue, state)
      const close = queue.close.bind(queue)
      queue.close = () => {
        state.taken = false
        return close()
      }
      this.#noticing(queue, () => {
        state.taken = true
      })
      queue.on('unjudged', ({ reason, error }) => {
        if (reason === 'closing') return
        this.problems.push(`a packet was left to the queue: ${reason} ${error ?? ''}`)
      })
      for (const event of ['verdictError', 'trouble', 'handlerError'] as const) {
        queue.on(event, (error: unknown) => this.problems.push(`${event}: ${JSON.stringify(error)}`))
      }
      return queue
    }
  }

  /** `openLog`, of packets that a rule logs. */
  logging(open: OpenLog): OpenLog {
    return async (transport, options) => {
      const log = await open(transport, options)
      if (!this.#inUse) return log
      this.#logs.push(log)
      this.#noticing(log)
      this.kernel.rules.add({ hook: 'input', log: { group: options.group, threshold: 1 } })
      for (const event of ['trouble', 'handlerError'] as const)
        log.on(event, (error: unknown) => this.problems.push(`${event}: ${JSON.stringify(error)}`))
      return log
    }
  }

  /** `succeed`, with a supervisor that lets the worker take over at once. */
  async succeeding(take: Take): Promise<void> {
    await take({ fd: () => 3, state: undefined, orphans: 'repeat' })
  }

  /** `supervise`, of options that make sense; the worker is a snippet of its own. */
  async supervising({ sockets, queues }: SupervisorOptions): Promise<unknown> {
    for (const name of Object.keys(queues)) if (!(name in sockets)) this.problems.push(`there is no socket ${name}`)
    for (const socket of Object.values(sockets)) socket.close()
    const supervisor = { on: () => supervisor, replace: async () => {}, close: async () => {} }
    return supervisor
  }

  /** `openPool`, with its queues in this thread. */
  pooling(open: OpenQueue): (options: PoolOptions) => Promise<Pool> {
    return async ({ queues: [first, last], module, message }) => {
      const url = module instanceof URL ? module.href : module.includes('://') ? module : pathToFileURL(module).href
      const loaded: PoolModule = await import(/* @vite-ignore */ url)
      const { transport, default: handler, options = {} } = loaded
      const { concurrency, ...opening } = options
      const send = async (what: unknown) => {
        await loaded.onMessage?.(what)
      }
      if (message !== undefined) await send(message)
      const queues: Queue[] = []
      for (let number = first; number <= last; number++) {
        const queue = await this.watching(open)(transport(), { ...opening, number } as QueueOptions)
        queue.run(handler, { concurrency })
        queues.push(queue)
      }
      const close = async () => {
        await this.#feed()
        await Promise.all(queues.map((queue) => queue.close()))
      }
      const stats = async (): Promise<QueueStats> => queues[0]!.stats()
      const pool = { stats, send, close, on: () => pool, [Symbol.asyncDispose]: close }
      return pool as unknown as Pool
    }
  }

  /** Notice that packets are read, and that the snippet waits for the end of that. */
  #noticing(source: Queue | PacketLog, taken = () => {}): void {
    const awaited = () => {
      this.#isAwaited = true
    }
    const run = source.run.bind(source) as (...args: unknown[]) => Promise<void>
    const ran = (...args: unknown[]) => {
      taken()
      return noticed(run(...args), awaited)
    }
    Object.assign(source, { run: ran })
    for (const way of ['batches', Symbol.asyncIterator] as const) {
      const original = source[way].bind(source) as (...args: unknown[]) => object
      const iterated = (...args: unknown[]) => {
        taken()
        awaited()
        return original(...args)
      }
      Object.assign(source, { [way]: iterated })
    }
  }

  /**
   * Have packets arrive while the snippet runs, and wait for its end. What it opened is closed when it has ended, or waits for nothing else. Throws what
   * it threw.
   */
  async play(snippet: () => Promise<unknown>): Promise<void> {
    let ended = false
    const run = snippet().finally(() => {
      ended = true
    })
    run.catch(() => {})
    const patience = () => {
      const start = performance.now()
      return () => !ended && performance.now() - start < patienceMilliseconds
    }
    const isPatient = patience()
    const goesOn = () => isPatient() && !this.#isTaken
    for (let round = 0; goesOn() && (this.#logs.length === 0 || round < 20); round++) {
      await Promise.all(traffic(round).map((bytes) => this.kernel.deliver(bytes, { queue: null })))
      await sleep(5)
    }
    if (this.#isTaken) await this.#feed()
    const goesOnAlone = patience()
    while (goesOnAlone() && !this.#isAwaited) await sleep(5)
    for (const queue of this.#queues.keys()) await queue.close()
    for (const log of this.#logs) await log.close()
    const timeout = sleep(patienceMilliseconds, 'timeout', { ref: false })
    if ((await Promise.race([run, timeout])) === 'timeout') throw new Error('the snippet does not end')
  }

  get #isTaken(): boolean {
    return this.#queues.size > 0 && [...this.#queues.values()].some(({ taken }) => taken)
  }

  /** Packets for every queue that is read, all at once. */
  async #feed(): Promise<void> {
    const read = Array.from(this.#queues, ([{ number }, { taken }]) => (taken ? [number] : [])).flat()
    const delivered = read.flatMap((queue) =>
      traffic(50_000).map((bytes) => this.kernel.deliver(bytes, { queue, indev: 'eth0' })),
    )
    for (const { reason } of await Promise.all(delivered)) {
      if (reason !== 'verdict' && reason !== 'passed') this.problems.push(`a packet ended by: ${reason}`)
    }
  }
}

/** The same promise, but for telling that somebody waits for it. */
function noticed<T>(promise: Promise<T>, awaited: () => void): PromiseLike<T> {
  return {
    // biome-ignore lint/suspicious/noThenProperty: `await` says so in no other way.
    then(...args) {
      awaited()
      return promise.then(...args)
    },
  }
}
