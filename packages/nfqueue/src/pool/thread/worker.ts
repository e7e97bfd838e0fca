import { parentPort, workerData } from 'node:worker_threads'
import { openQueue } from '../../open.ts'
import type { Queue } from '../../queue.ts'
import { PoolError } from '../failure.ts'
import type { Message } from '../policy.ts'
import { recordOf } from './error-record.ts'
import { type FromWorker, type PoolModule, type ToWorker, unasked, type WorkerOrders } from './protocol.ts'

const port = parentPort
if (port === null) throw new Error('pool-worker is started by openPool, not by itself')

const tell = (message: FromWorker): void => port.postMessage(message)
const tellCounts = (ticket: number): void =>
  tell({ kind: 'counts', ticket, stats: queues.map((queue) => queue.stats()) })

const orders = workerData as WorkerOrders
const queues: Queue[] = []
let receive: PoolModule['onMessage']
let closing = false

process.on('uncaughtExceptionMonitor', (error) => tell({ kind: 'uncaught', error: recordOf(error) }))
process.on('exit', () => tellCounts(unasked))

port.on('message', (message: ToWorker) => {
  if (message.kind === 'count') tellCounts(message.ticket)
  if (message.kind === 'message') turn = turn.then(() => take(message))
  if (message.kind === 'close') void close()
})

const opening = open()
/** Messages are taken one after another: of two policies the later one stands. */
let turn = opening

async function open(): Promise<void> {
  try {
    const { transport, default: handler, options = {}, onMessage } = checked(await import(orders.module))
    const { concurrency, ...opening } = options
    receive = onMessage
    if (orders.message) await received(orders.message)
    for (const number of orders.queues) {
      if (closing) return
      const queue = await openQueue(transport(), { ...opening, number })
      queues.push(queue)
      queue.on('warning', (text) => tell({ kind: 'warning', queue: number, text }))
      void queue.closed.then(() => lost(number))
    }
    for (const queue of queues) queue.run(handler, { concurrency })
    tell({ kind: 'open' })
  } catch (error) {
    await fail(error)
  }
}

function checked(module: PoolModule): PoolModule {
  for (const name of ['transport', 'default'] as const) {
    if (typeof module[name] !== 'function') throw new TypeError(`${orders.module} exports no function "${name}"`)
  }
  return module
}

async function received({ value }: Message): Promise<void> {
  if (typeof receive !== 'function') throw new PoolError(orders.queues, 'deaf')
  try {
    await receive(value)
  } catch (cause) {
    throw new PoolError(orders.queues, 'refused', { cause })
  }
}

async function take({ ticket, message }: Extract<ToWorker, { readonly kind: 'message' }>): Promise<void> {
  // The next worker begins with it.
  if (closing) return
  try {
    await received(message)
    tell({ kind: 'taken', ticket })
  } catch (error) {
    tell({ kind: 'taken', ticket, error: recordOf(error) })
  }
}

/** A queue that closes by itself has no owner: a new worker opens it again. */
function lost(number: number): void {
  if (!closing) void fail(new PoolError([number], 'unbound'))
}

function fail(error: unknown): Promise<void> {
  return end({ kind: 'failed', error: recordOf(error) })
}

async function close(): Promise<void> {
  closing = true
  await opening
  await end({ kind: 'closed' })
}

async function end(lastWords: FromWorker): Promise<void> {
  closing = true
  await Promise.all(queues.map((queue) => queue.close()))
  tellCounts(unasked)
  tell(lastWords)
  port!.close()
}
