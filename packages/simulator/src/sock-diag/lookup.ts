import { family } from '@nfkit/netlink-codec/nfnetlink'
import { socketState } from '@nfkit/netlink-codec/sock-diag'
import type { End, ProgramSocket } from './program-socket.ts'

/** A question for one socket, from its own side: `local` is its end. */
export interface Ends {
  readonly family: number
  readonly local: End
  readonly remote: End
  /** Index of the interface, 0 for any. */
  readonly interface: number
}

export const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])
const isAny = (address: Uint8Array): boolean => address.every((byte) => byte === 0)
const isOn = (socket: ProgramSocket, index: number): boolean => socket.interface === 0 || socket.interface === index

/** The socket a TCP packet belongs to: a connection first, then the listener that fits best (__inet_lookup, include/net/inet_hashtables.h). */
export function tcpSocket(sockets: readonly ProgramSocket[], ends: Ends): ProgramSocket | undefined {
  return (
    sockets.find((socket) => isConnection(socket, ends)) ??
    best(
      sockets.filter(({ state }) => state === socketState.listen),
      ends,
    )
  )
}

/** The socket that would receive a UDP packet (__udp4_lib_lookup, net/ipv4/udp.c). */
export const udpSocket = (sockets: readonly ProgramSocket[], ends: Ends): ProgramSocket | undefined =>
  sockets.find((socket) => isConnection(socket, ends)) ??
  best(
    sockets.filter(({ remote }) => remote === undefined),
    ends,
  )

function isConnection(socket: ProgramSocket, { local, remote, interface: index }: Ends): boolean {
  const { local: here, remote: there } = socket
  if (there === undefined || !isOn(socket, index)) return false
  return (
    here.port === local.port &&
    there.port === remote.port &&
    same(here.address, local.address) &&
    same(there.address, remote.address)
  )
}

/** One that is bound to the address comes before one that is bound to any, one that is bound to the interface before others, and the younger first. */
function best(sockets: readonly ProgramSocket[], ends: Ends): ProgramSocket | undefined {
  let found: ProgramSocket | undefined
  let score = 0
  for (const socket of sockets) {
    const its = scoreOf(socket, ends)
    if (its >= score && its > 0) {
      found = socket
      score = its
    }
  }
  return found
}

function scoreOf(socket: ProgramSocket, { family: of, local, interface: index }: Ends): number {
  const { local: here } = socket
  if (here.port !== local.port || !isOn(socket, index)) return 0
  const takes = socket.family === of || (of === family.ipv4 && isAny(here.address) && !socket.ipv6Only)
  if (!takes || !(isAny(here.address) || same(here.address, local.address))) return 0
  return 1 + (isAny(here.address) ? 0 : 4) + (socket.interface === 0 ? 0 : 2) + (socket.family === of ? 1 : 0)
}
