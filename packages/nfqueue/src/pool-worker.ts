import { parentPort, workerData } from 'node:worker_threads'
import { openQueue } from './open.ts'
import type { FromWorker, PoolModule, ToWorker, WorkerOrders } from './pool-protocol.ts'
import type { Queue } from './queue.ts'

const port = parentPort
if (port === null) throw new Error('pool-worker is started by openPool, not by itself')

const tell = (message: FromWorker): void => port.postMessage(message)

const orders = workerData as WorkerOrders
const queues: Queue[] = []

let closing = false

port.on('message', async (message: ToWorker) => {
  if (message.kind === 'stats') {
    tell({ kind: 'stats', ticket: message.ticket, stats: queues.map((queue) => queue.stats()) })
    return
  }
  closing = true
  await opening
  await Promise.all(queues.map((queue) => queue.close()))
  tell({ kind: 'closed', stats: queues.map((queue) => queue.stats()) })
  port.close()
})

const opening = open()

async function open(): Promise<void> {
  try {
    const { transport, default: handler, options = {} }: PoolModule = await import(orders.module)
    const { concurrency, ...opening } = options
    for (const number of orders.queues) {
      if (closing) return
      const queue = await openQueue(transport(), { ...opening, number })
      queues.push(queue)
      queue.on('warning', (text) => tell({ kind: 'warning', queue: number, text }))
    }
    for (const queue of queues) queue.run(handler, { concurrency })
    tell({ kind: 'open' })
  } catch (error) {
    await Promise.all(queues.map((queue) => queue.close()))
    tell({ kind: 'failed', error: error as Error })
    port!.close()
  }
}
