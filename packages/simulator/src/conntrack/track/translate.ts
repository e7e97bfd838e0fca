import { ipProtocol, isIcmp } from '@nfkit/inet'
import { errno } from '@nfkit/netlink-codec'
import { status } from '@nfkit/netlink-codec/conntrack'
import type { Connection } from '../table/connection.ts'
import { inverse, sameTuple, type Tuple } from '../table/tuple/tuple.ts'

/** What a connection's addresses become: absent parts stay as they are. */
export interface Translation {
  readonly address: Uint8Array | undefined
  readonly ports: { readonly min: number; readonly max: number } | undefined
}

/** Whether replies to a connection, with this tuple, could be told apart from all others. */
export type IsFree = (tuple: Tuple, connection: Connection) => boolean

/** Give a connection a new source or destination by changing what its replies look like (nf_nat_setup_info). */
export function translate(connection: Connection, to: Translation, source: boolean, isFree: IsFree): number {
  const current = inverse(connection.reply)
  if (!current) return errno.ENOMEM
  const chosen = choose(current, to, source, (tuple) => {
    const reply = inverse(tuple)
    return reply !== undefined && isFree(reply, connection)
  })
  if (!chosen) return errno.ENOMEM
  // An ICMP identifier is at the other end, and makes a difference as well.
  const differs = !sameTuple(chosen, current)
  if (differs) connection.reply = inverse(chosen)!
  connection.status |= source ? status.srcNatDone : status.dstNatDone
  if (differs) connection.status |= source ? status.srcNat : status.dstNat
  return 0
}

/** Whether ports, or identifiers, make tuples of a protocol unique; of all others only addresses change (nf_nat_l4proto_unique_tuple). */
const hasChosenPorts = ({ protocol, ported }: Tuple): boolean =>
  isIcmp(protocol) || (ported && protocol !== ipProtocol.gre)

const highPorts = { min: 1024, max: 65_535 }

function choose(
  current: Tuple,
  to: Translation,
  source: boolean,
  isFree: (tuple: Tuple) => boolean,
): Tuple | undefined {
  const address = to.address ?? (source ? current.source : current.destination)
  // An ICMP identifier is the same in both directions.
  const first = source || isIcmp(current.protocol)
  const moved: Tuple = source ? { ...current, source: address } : { ...current, destination: address }
  const at = (port: number): Tuple => (first ? { ...moved, from: port } : { ...moved, to: port })
  const port = first ? current.from : current.to
  if (!hasChosenPorts(current)) return moved
  const within = !to.ports || (port >= to.ports.min && port <= to.ports.max)
  const isChosen = to.ports ? to.ports.min === to.ports.max : !source
  if (within && (isChosen || isFree(at(port)))) return at(port)
  const { min, max } = to.ports ?? highPorts
  for (let candidate = min; candidate <= max; candidate++) if (isFree(at(candidate))) return at(candidate)
  // The last one it tries stays, for the other end to differ.
  return at(max)
}
