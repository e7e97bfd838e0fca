import { type Cause, cause, type Evidence } from '../cause.ts'
import { listening } from '../listening.ts'

/** Whether a packet that all rules let through to this host has a socket. */
export async function delivered({ header }: Evidence): Promise<readonly Cause[]> {
  const { protocol: number, destination, destinationPort: localPort } = header
  const protocol = number === 6 ? 'tcp' : number === 17 ? 'udp' : undefined
  if (protocol === undefined || localPort === undefined) return []
  const sockets = await listening({ protocol, localPort })
  if (sockets.some(({ local: { address } }) => isAny(address) || address === destination)) return []
  const there = sockets.map(({ local }) => local.address)
  if (there.length > 0)
    return [
      cause(
        'socket address',
        `all rules let it through, and ${protocol} port ${localPort} is open on ${there.join(', ')} alone, not on ${destination}`,
        'have the program listen on that address, or on any',
      ),
    ]
  return [
    cause(
      'no socket',
      `all rules let it through, and no program has ${protocol} port ${localPort} open`,
      'start the program that listens there',
    ),
  ]
}

const isAny = (address: string): boolean => address === '0.0.0.0' || address === '::'

/** Whether a packet that all rules let through to the network can get there. */
export function sent({ header: { destination }, host }: Evidence): readonly Cause[] {
  if (!host.isUnanswered(destination)) return []
  return [
    cause(
      'neighbour',
      `all rules let it through, and no neighbour says that it is ${destination}`,
      'is that host up, and on the link of this interface? ip neighbour',
    ),
  ]
}
