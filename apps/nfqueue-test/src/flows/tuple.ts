import type { ConntrackTable, TupleDescription } from '@nfkit/conntrack'
import { type Flow, parseAddress } from '@nfkit/netlink-codec'
import { type Command, InvalidArgumentError } from 'commander'
import { whole } from '../arguments.ts'
import { UserError } from '../failure.ts'

const byte = whole(0, 255)
const word = whole(0, 0xffff)

/** `10.0.0.1:22`, `[2001:db8::1]:22`, or an address alone. Throws `UserError`. */
function endOf(text: string): { address: string; port?: number } {
  const [, address = text, port] = /^\[([^\]]+)\](?::(\d+))?$/.exec(text) ?? /^([^:]+):(\d+)$/.exec(text) ?? []
  if (parseAddress(address) === undefined)
    throw new UserError(
      `"${text}" is no address with a port, as 10.0.0.1:22 or [2001:db8::1]:22: names are not looked up`,
    )
  if (port === undefined) return { address }
  if (Number(port) > 0xffff) throw new UserError(`"${text}": a port is a number from 0 to 65535`)
  return { address, port: Number(port) }
}

/** `8/0/1234`: type, code and identifier. */
export function icmpOf(text: string): { type: number; code: number; id: number } {
  const [type, code, id] = text.split('/')
  if (type === undefined || code === undefined || id === undefined) {
    throw new InvalidArgumentError('It must be type/code/id: 8/0/1234.')
  }
  return { type: byte(type), code: byte(code), id: word(id) }
}

export interface TupleOptions {
  readonly icmp?: { type: number; code: number; id: number }
  readonly zone?: number
}

/** One direction of a connection, as written on the command line. */
export function tupleOf(
  protocol: string,
  source: string,
  destination: string,
  { icmp, zone }: TupleOptions,
): TupleDescription {
  if (/^icmp/.test(protocol) && icmp === undefined) {
    throw new UserError(`${protocol} has no ports: say --icmp TYPE/CODE/ID, as 8/0/1234`)
  }
  const number = /^\d+$/.test(protocol) ? byte(protocol) : protocol
  return {
    protocol: number as TupleDescription['protocol'],
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
    .option('--icmp <type/code/id>', 'in place of ports', icmpOf)
    .option('--zone <number>', 'zone', word)
}

/** The one connection. Throws `UserError` when there is none. */
export async function flowOf(
  table: ConntrackTable,
  protocol: string,
  source: string,
  destination: string,
  options: TupleOptions,
): Promise<Flow> {
  const flow = await table.get(tupleOf(protocol, source, destination, options))
  if (flow === undefined) throw new UserError(`there is no connection ${protocol} ${source} > ${destination}`)
  return flow
}
