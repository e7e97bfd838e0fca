import type { HandOverOptions, Handover } from '@nfkit/nfqueue'
import { type Inheritance, inheritanceOf } from './inheritance.ts'
import { type FromWorker, isOurs, type ToWorker, version } from './messages.ts'

/** Ends the worker's part: reads no more, and resolves to what the next worker gets as `state`. */
export type Leave = (options: HandOverOptions) => unknown

/** Takes the sockets over, and begins to read; returns how it ends. */
export type Take<State = Handover> = (inheritance: Inheritance<State>) => Leave | Promise<Leave>

/**
 * What a worker calls once it is loaded: it waits until the worker before has stopped reading, and then calls `take` with the sockets. Resolves when
 * `take` has. When another worker is to take over, the function that `take` returned is called, and the program should end by itself then: the supervisor ends it
 * after a second. Where the supervisor dies, the worker does the same, and its process exits: without it the sockets have no other owner.
 *
 * Rejects with what `take` throws, and with `Error` in a process that no supervisor has started.
 *
 * @example
 * // worker.mjs
 * import { succeed } from '@nfkit/handover'
 * import { openMnl } from '@nfkit/mnl-native'
 * import { openQueue } from '@nfkit/nfqueue'
 *
 * await succeed(async ({ fd, state, orphans }) => {
 *   const queue = await openQueue(openMnl({ fd: fd('gate') }), { number: 0, handover: state, orphans })
 *   queue.run((packet) => packet.accept())
 *   return (options) => queue.handOver(options)
 * })
 */
export function succeed<State = Handover>(take: Take<State>): Promise<void> {
  if (process.send === undefined)
    return Promise.reject(
      new Error('succeed: no supervisor has started this process; see supervise() of @nfkit/handover'),
    )
  return new Promise((resolve, reject) => {
    let leave: Leave | undefined
    const left = async (milliseconds: number) => {
      const end = leave
      leave = undefined
      return end?.({ milliseconds })
    }
    process.on('message', async (message) => {
      if (!isOurs<ToWorker>(message)) return
      switch (message.kind) {
        case 'ping':
          void tell({ handover: version, kind: 'pong' })
          break
        case 'take':
          try {
            leave = await take(inheritanceOf(message.sockets, message.estate))
            void tell({ handover: version, kind: 'taken' })
            resolve()
          } catch (error) {
            reject(error)
          }
          break
        case 'leave':
          // Leaving the channel would cut off what it has not taken yet.
          await tell({ handover: version, kind: 'left', state: await left(message.milliseconds) })
          process.removeListener('disconnect', orphaned)
          process.disconnect?.()
          break
      }
    })
    const orphaned = async () => {
      await left(farewellMilliseconds)
      process.exit()
    }
    process.once('disconnect', orphaned)
    void tell({ handover: version, kind: 'ready' })
  })
}

/** What a worker whose supervisor has died takes for the packets it has read. */
const farewellMilliseconds = 1_000

/** Resolves when the channel has taken it whole, or is closed. */
function tell(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    // Without a callback a channel that is closed would throw.
    if (process.connected) process.send!(message, undefined, undefined, () => resolve())
    else resolve()
  })
}
