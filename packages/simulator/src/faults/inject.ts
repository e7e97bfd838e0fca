import { errno } from '@nfkit/netlink-codec'
import type { Namespace } from '../namespace.ts'
import type { NetlinkSocket } from '../socket/netlink-socket.ts'
import type { Fault, SocketFault } from './fault.ts'
import { interfaceDown, intrude, queueAt, stealQueue, unload } from './kernel-faults.ts'

/** Make something go wrong, with a socket or with everything. Throws `TypeError` for a fault of sockets that is not told which. */
export function inject(namespace: Namespace, fault: Fault, on: NetlinkSocket | 'next socket' | undefined): void {
  switch (fault.kind) {
    case 'queue stolen':
      stealQueue(namespace, fault.queue)
      break
    case 'interface down':
      interfaceDown(namespace, fault.interface)
      break
    case 'module gone':
      unload(namespace, fault.module ?? 'nfnetlink_queue')
      break
    case 'next id':
      queueAt(namespace, fault.queue).lastId = (fault.id - 1) >>> 0
      break
    case 'no socket':
      namespace.faults.refusal = errno[fault.code]
      break
    default:
      injectOn(namespace, fault, on)
  }
}

function injectOn(namespace: Namespace, fault: SocketFault, on: NetlinkSocket | 'next socket' | undefined): void {
  if (!on) throw new TypeError(`the fault "${fault.kind}" needs to know which transport it is for`)
  if (fault.kind !== 'foreign sender') namespace.faults.add(on, fault)
  else if (on !== 'next socket') intrude(namespace, on, fault.datagram)
  else throw new TypeError('nobody can send to a socket that is not open yet')
}
