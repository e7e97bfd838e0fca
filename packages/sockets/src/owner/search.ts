import { parseAddress, sameAddress } from '@nfkit/inet'
import type { Requester } from '@nfkit/netlink-transport'
import { listed } from '../filter/dump.ts'
import type { SocketInfo } from '../socket.ts'
import type { Ends } from './question.ts'

/** Every socket that may have sent a packet with these ends, or would receive one: a connected one, where there is one. */
export async function candidatesOf(requests: Requester, ends: Ends, found: SocketInfo): Promise<SocketInfo[]> {
  const { protocol, local, remote, interface: index } = ends
  const candidates: SocketInfo[] = []
  for await (const socket of listed(requests, { protocol, localPort: local.port })) {
    const isLike = (socket.remote === undefined) === (found.remote === undefined)
    const isHere = isAny(socket.local.address) || sameEnd(socket.local.address, local.address)
    const isThere =
      socket.remote === undefined ||
      (sameEnd(socket.remote.address, remote.address) && socket.remote.port === remote.port)
    const isOn = index === 0 || socket.interface === undefined || socket.interface === index
    if (isLike && isHere && isThere && isOn && socket.state === found.state) candidates.push(socket)
  }
  return candidates
}

const isAny = (address: string): boolean => address === '0.0.0.0' || address === '::'

function sameEnd(one: string, other: string): boolean {
  const [a, b] = [parseAddress(one), parseAddress(other)]
  return a !== undefined && b !== undefined && sameAddress(a, b)
}
