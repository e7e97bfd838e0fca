import { Listeners } from '@nfkit/netlink-transport'
import type { SupervisorEvents } from './events.ts'
import { planOf, type SupervisorOptions } from './options.ts'
import { Supervisor } from './supervisor.ts'

/**
 * Hold netlink sockets for a program that reads them, and start that program in a process of its own: again when it ends, and anew when it is to be
 * replaced. Queues belong to sockets, so none of this unbinds them: packets wait. Resolves when the first worker reads.
 *
 * Rejects with `WorkerError` when the first worker does not get so far, `TypeError` or `RangeError` for an option that makes no sense; the sockets are closed then.
 *
 * @example
 * import { supervise } from '@nfkit/handover'
 * import { openMnl } from '@nfkit/mnl-native'
 *
 * const supervisor = await supervise({
 *   worker: new URL('./worker.mjs', import.meta.url),
 *   sockets: { gate: openMnl() },
 *   queues: { gate: [{ number: 0 }] },
 *   absent: 'accept',
 * })
 * supervisor.on('workerDied', (error) => console.error(error.message))
 * process.on('SIGHUP', () => supervisor.replace().catch((error) => console.error(error.message)))
 * process.once('SIGTERM', () => supervisor.close())
 */
export async function supervise(options: SupervisorOptions): Promise<Supervisor> {
  const listeners = new Listeners<SupervisorEvents>()
  listeners.hold()
  const supervisor = new Supervisor(planOf(options), listeners)
  try {
    await supervisor.start()
  } catch (error) {
    await supervisor.leave()
    throw error
  }
  listeners.begin()
  return supervisor
}
