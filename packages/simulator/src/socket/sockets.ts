import { errno } from '@nfkit/netlink-codec'
import type { Random } from '../random.ts'
import type { Endpoint } from './endpoint.ts'

/** Groups of NETLINK_NETFILTER a socket can join. */
export const groupLimit = 32

/** Port ids a kernel gives out by itself once the process id is taken: from here down, as signed 32-bit numbers. */
const automaticTop = 0xffff_efff

/** All sockets of one network namespace: who has which port id, who listens to which group. */
export class Sockets<Socket extends Endpoint = Endpoint> {
  readonly #ports = new Map<number, Socket>()
  readonly #random: Random
  #rover = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** Take a port id, or `EADDRINUSE`. */
  claim(socket: Socket, portId: number): number {
    if (this.#ports.has(portId)) return errno.EADDRINUSE
    this.#ports.set(portId, socket)
    return 0
  }

  /** A free port id: the process's own, or one far above it (netlink_autobind). */
  claimAny(socket: Socket, processId: number): number {
    let portId = processId
    while (this.claim(socket, portId) !== 0) {
      if (this.#rover < 0x8000_0000) this.#rover = 0x8000_0000 + (this.#random() % (automaticTop - 0x8000_0000))
      portId = this.#rover--
    }
    return portId
  }

  release(portId: number): void {
    this.#ports.delete(portId)
  }

  get list(): readonly Socket[] {
    return [...this.#ports.values()]
  }

  at(portId: number): Socket | undefined {
    return this.#ports.get(portId)
  }

  /** Send one datagram of the kernel's to a port: 0, or why it did not get there. */
  unicast(portId: number, bytes: Uint8Array): number {
    const socket = this.#ports.get(portId)
    if (socket === undefined) return errno.ECONNREFUSED
    return socket.deliver(bytes, 0) ? 0 : errno.ENOBUFS
  }

  /** Send to all who joined but one port; `ENOBUFS` when one who asked for it (broadcastError) did not get it. */
  multicast(group: number, bytes: Uint8Array, exclude: number): number {
    let failed = 0
    for (const socket of this.#ports.values()) {
      if (socket.portId === exclude || !socket.joined(group)) continue
      if (!socket.deliver(bytes, group) && socket.broadcastError) failed = errno.ENOBUFS
    }
    return failed
  }

  hasListeners(group: number): boolean {
    for (const socket of this.#ports.values()) if (socket.joined(group)) return true
    return false
  }
}
