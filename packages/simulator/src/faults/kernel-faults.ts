import { family, subsystem } from '@nfkit/netlink-codec/nfnetlink'
import type { Namespace } from '../namespace.ts'
import type { Packet } from '../packet.ts'
import type { Queue } from '../queue/queue.ts'
import { NetlinkSocket } from '../socket/netlink-socket.ts'

/** Some other process. */
const thiefProcess = 666

const subsystemsOf = {
  nfnetlink_queue: [subsystem.queue],
  nf_conntrack_netlink: [subsystem.ctnetlink, subsystem.ctnetlinkExp],
} as const

/** A queue that must be bound. Throws `RangeError` when it is not. */
export function queueAt({ queues }: Namespace, number: number): Queue {
  const queue = queues.at(number)
  if (!queue) throw new RangeError(`there is no queue ${number}: nobody bound it`)
  return queue
}

/** Another process takes a queue over; packets that wait in it are gone. */
export function stealQueue(namespace: Namespace, number: number): void {
  namespace.queues.destroy(queueAt(namespace, number), 'unbound')
  namespace.queues.create(number, stranger(namespace).portId)
}

/** Another process sends something to a socket. */
export function intrude(namespace: Namespace, socket: NetlinkSocket, datagram: Uint8Array): void {
  const other = stranger(namespace)
  other.send(datagram, socket.portId)
  other.close()
}

/** A module goes, and the kernel knows its messages no longer. The table of connections outlives ctnetlink. */
export function unload({ queues, dispatch }: Namespace, module: keyof typeof subsystemsOf): void {
  if (module === 'nfnetlink_queue') for (const queue of [...queues.list]) queues.destroy(queue, 'unbound')
  const gone: readonly number[] = subsystemsOf[module]
  for (const type of dispatch.keys()) if (gone.includes(type >> 8)) dispatch.delete(type)
}

/** Take an interface down: packets that wait, and came in on it or leave by it, are dropped. */
export function interfaceDown({ interfaces, queues }: Namespace, which: string | number): void {
  const { index } = interfaces.set(which, { up: false })
  const uses = ({ origin }: Packet) =>
    [origin.indev, origin.outdev, origin.physindev, origin.physoutdev].some((device) => device?.index === index)
  queues.drop(queues.list, uses, 'interface down')
}

/** Take a port off its bridge: packets that wait there are dropped once they are judged. */
export function leaveBridge({ interfaces, pending }: Namespace, port: string | number): void {
  const { index } = interfaces.set(port, { bridge: undefined })
  for (const [journey] of pending) {
    const { origin, family: of } = journey.packet
    const { indev, outdev, physindev, physoutdev } = origin
    const ports = of === family.bridge ? [indev, outdev] : [physindev, physoutdev]
    journey.leftBridge ||= ports.some((device) => device?.index === index)
  }
}

function stranger(namespace: Namespace): NetlinkSocket {
  const socket = new NetlinkSocket(namespace.socketHost, { privileged: true, processId: thiefProcess })
  socket.bind()
  namespace.strangers.add(socket)
  return socket
}
