import { openMnl } from '@nfkit/mnl-native'
import { openSockets, type SocketInfo } from '@nfkit/sockets'
import type { Feeder } from './feeder.ts'

/** A port of this host. */
export interface Port {
  readonly protocol: 'tcp' | 'udp'
  readonly localPort: number
}

/** The sockets that take what comes to a port and is of no connection. */
export async function listening({ protocol, localPort }: Port): Promise<readonly SocketInfo[]> {
  await using table = openSockets(openMnl())
  const sockets: SocketInfo[] = []
  for await (const socket of table.list({ protocol, localPort })) sockets.push(socket)
  return sockets
}

/** Ports that a rule looks at, at most: each costs a list of sockets. */
const most = 16

/** The ports of this host that a rule asks about: those of `tcp dport`, where packets come to it at input alone. */
export function portsOf({ rule, at }: Feeder): readonly Port[] {
  if (at.length === 0 || at.some(({ base }) => base?.hook !== 'input')) return []
  const ports = rule.body.flatMap((clause) => {
    if (clause.kind !== 'match' || clause.op !== '==' || clause.mask !== undefined) return []
    const [protocol, field, ...rest] = clause.left.join(' ').split(' ')
    if ((protocol !== 'tcp' && protocol !== 'udp') || field !== 'dport' || rest.length > 0) return []
    const values = 'value' in clause.right ? [clause.right.value] : 'list' in clause.right ? clause.right.list : []
    return values.flatMap((localPort) => (typeof localPort === 'number' ? [{ protocol, localPort } as const] : []))
  })
  return ports.slice(0, most)
}
