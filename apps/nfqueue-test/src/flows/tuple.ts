import type { ConntrackTable, IcmpIdentity, ZonedTuple } from '@nfkit/conntrack'
import { parseEnd, type TupleEnd } from '@nfkit/inet'
import type { Flow } from '@nfkit/netlink-codec/conntrack'
import { type Command, InvalidArgumentError } from 'commander'
import { whole } from '../cli/arguments.ts'
import { UserError } from '../terminal/failure.ts'
import { icmp } from './condition.ts'

/** `10.0.0.1:22`, `[2001:db8::1]:22`, or an address alone. Throws `UserError`. */
export function endOf(text: string): TupleEnd {
  const end = parseEnd(text)
  if (end !== undefined) return end
  throw new UserError(
    `"${text}" is no address with a port, as 10.0.0.1:22 or [2001:db8::1]:22: names are not looked up, a port is a number from 0 to 65535`,
  )
}

/** `8/0/1234`: type, code and identifier. */
function icmpIdentity(text: string): IcmpIdentity {
  const { type, code, id } = icmp(text)
  if (type === undefined || code === undefined || id === undefined)
    throw new InvalidArgumentError('It must be type/code/id: 8/0/1234.')
  return { type, code, id }
}

export interface TupleOptions {
  readonly icmp?: IcmpIdentity
  readonly zone?: number
}

/** One direction of a connection, as written on the command line. */
export function tupleOf(named: string, source: string, destination: string, { icmp, zone }: TupleOptions): ZonedTuple {
  const protocol = named.toLowerCase()
  if (/^icmp/.test(protocol) && icmp === undefined) {
    throw new UserError(`${protocol} has no ports: say --icmp TYPE/CODE/ID, as 8/0/1234`)
  }
  const number = /^\d+$/.test(protocol) ? Number(protocol) : protocol
  if (typeof number === 'number' && number > 0xff)
    throw new UserError(`there is no protocol ${protocol}: they have numbers from 0 to 255`)
  return {
    protocol: number as ZonedTuple['protocol'],
    source: endOf(source),
    destination: endOf(destination),
    icmp,
    zone,
  }
}

/** The arguments that name one connection. */
export function addTuple(command: Command): Command {
  return command
    .argument('<protocol>', 'tcp, udp, icmp, … or a number')
    .argument('<source>', 'address:port, [address]:port, or an address alone')
    .argument('<destination>', 'the same')
    .option('--icmp <type/code/id>', 'in place of ports', icmpIdentity)
    .option('-w, --zone <number>', 'zone', whole(0, 0xffff))
}

/** The one connection. Throws `UserError` when there is none, and says in which zones there are others. */
export async function flowOf(
  table: ConntrackTable,
  protocol: string,
  source: string,
  destination: string,
  options: TupleOptions,
): Promise<Flow> {
  const tuple = tupleOf(protocol, source, destination, options)
  const flow = await table.get(tuple)
  if (flow !== undefined) return flow
  const where = options.zone === undefined ? '' : ` in zone ${options.zone}`
  const zones = await otherZones(table, tuple)
  const others = zones.length === 0 ? '' : `, but one with --zone ${zones.join(', and one with --zone ')}`
  throw new UserError(`there is no connection ${protocol} ${source} > ${destination}${where}${others}`)
}

async function otherZones(table: ConntrackTable, tuple: ZonedTuple): Promise<number[]> {
  const { protocol, source, destination } = tuple
  const zones: number[] = []
  const same = {
    protocol,
    direction: 'either',
    source: source.address,
    destination: destination.address,
    ...(source.port === undefined ? {} : { sourcePort: source.port }),
    ...(destination.port === undefined ? {} : { destinationPort: destination.port }),
  } as const
  for await (const { zone, original } of table.dump(same))
    if (zone !== tuple.zone && original.icmp?.id === tuple.icmp?.id) zones.push(zone)
  return zones
}
