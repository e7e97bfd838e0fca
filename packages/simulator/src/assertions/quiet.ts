import type { Namespace } from '../namespace.ts'
import type { SimulatedTransport } from '../socket/simulated-transport.ts'
import { type Leftover, LeftoverError } from './leftovers.ts'

/** Throws `LeftoverError` where a test has left something behind. */
export function assertQuiet(namespace: Namespace, transports: Iterable<SimulatedTransport>): void {
  const leftovers = [...leftIn(namespace, transports)]
  if (leftovers.length > 0) throw new LeftoverError(leftovers)
}

function* leftIn(
  { sockets, strangers, faults, pending }: Namespace,
  transports: Iterable<SimulatedTransport>,
): Generator<Leftover> {
  for (const socket of sockets.list)
    if (!strangers.has(socket)) yield { kind: 'socket', where: `port ${socket.portId}`, what: 'open' }
  for (const { portId, leased } of transports)
    if (leased > 0) yield { kind: 'batch', where: `port ${portId}`, what: `${leased} not released` }
  for (const [{ stays }] of pending) {
    const { queue, id } = stays.at(-1)!
    yield { kind: 'packet', where: `queue ${queue}`, what: `packet ${id}` }
  }
  for (const { fault, socket } of faults.due)
    yield { kind: 'fault', where: socket === 'next socket' ? socket : `port ${socket.portId}`, what: fault.kind }
  if (faults.refusal) yield { kind: 'fault', where: 'next socket', what: 'no socket' }
}
