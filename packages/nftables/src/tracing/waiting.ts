import { parseQueueStatus, type QueueStatus, queueStatusFile } from '@nfkit/netlink-codec/nfqueue'
import type { Transport } from '@nfkit/netlink-transport'

/** How long no packet must come to any queue before hooks change. */
const lullMilliseconds = 20

/** The queues of a transport's network namespace; `undefined` where they cannot be read. */
export function queuesOf(transport: Pick<Transport, 'procNet'>): readonly QueueStatus[] | undefined {
  const text = transport.procNet(queueStatusFile)
  return text === undefined ? undefined : parseQueueStatus(text)
}

/**
 * Resolves to true when no packet waits in these queues and none came for 20 ms; to false when that does not happen in time, or `signal`
 * aborts. A kernel that does not tell of its queues is never seen idle.
 */
export async function lull(
  read: () => readonly QueueStatus[] | undefined,
  patienceMilliseconds: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const start = performance.now()
  let before = idleMark(read())
  do {
    if (before === '') return true
    await pause(lullMilliseconds)
    const now = idleMark(read())
    if (now !== undefined && now === before) return true
    before = now
  } while (performance.now() - start < patienceMilliseconds && !signal?.aborted)
  return false
}

/** The newest packet of each queue; `undefined` while one waits. */
function idleMark(queues: readonly QueueStatus[] | undefined): string | undefined {
  if (queues === undefined || queues.some(({ waiting }) => waiting > 0)) return undefined
  return queues.map(({ queue, portId, lastId }) => `${queue} ${portId} ${lastId}`).join()
}

/** Turns of the event loop that are left to read what has arrived: after a long pause timers fire before sockets are read. */
const graceTurns = 16

/** Resolves after so many milliseconds, when what arrived meanwhile has been read. */
export async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => void setTimeout(resolve, milliseconds))
  for (let turn = 0; turn < graceTurns; turn++) await new Promise((resolve) => void setImmediate(resolve))
}
