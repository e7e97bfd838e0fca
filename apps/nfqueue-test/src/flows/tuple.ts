import type { TupleDescription } from '@nfkit/conntrack'
import { InvalidArgumentError } from 'commander'
import { whole } from '../arguments.ts'
import { UserError } from '../failure.ts'

const byte = whole(0, 255)
const word = whole(0, 0xffff)

/** `10.0.0.1:22`, `[2001:db8::1]:22`, or an address alone. */
function endOf(text: string): { address: string; port?: number } {
  const parts = /^\[([^\]]+)\]:(\d+)$/.exec(text) ?? /^([^:]+):(\d+)$/.exec(text)
  return parts ? { address: parts[1]!, port: word(parts[2]!) } : { address: text }
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
