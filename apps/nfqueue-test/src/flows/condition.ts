import type { FlowFilter, IcmpFilter, PortRange } from '@nfkit/conntrack'
import { ipProtocol, parseEnd, parseNetwork } from '@nfkit/inet'
import { sctpState, status, tcpState } from '@nfkit/netlink-codec/conntrack'
import { InvalidArgumentError } from 'commander'
import { mark, whole } from '../cli/arguments.ts'

// Parsers of what options say. What they throw becomes one sentence on stderr.

function port(text: string): number {
  if (/^[a-z]/i.test(text))
    throw new InvalidArgumentError('It must be a number from 0 to 65535: names of services are not looked up.')
  return whole(0, 0xffff)(text)
}

/** `22`, or `1000-2000`. */
export function ports(text: string): number | PortRange {
  const [first = '', last, ...rest] = text.split('-')
  if (rest.length > 0 || last === '')
    throw new InvalidArgumentError('It must be a port, or the first and the last: 1000-2000.')
  if (last === undefined) return port(first)
  const range = { first: port(first), last: port(last) }
  if (range.first > range.last) throw new InvalidArgumentError('Its first port must not be above its last.')
  return range
}

/** `7`, or `7/0xff`: value and the bits that count. */
export function maskedMark(text: string): FlowFilter['mark'] {
  const [value = '', mask, ...rest] = text.split('/')
  if (rest.length > 0 || mask === '') throw new InvalidArgumentError('It must be a mark, or a mark and a mask: 7/0xff.')
  return mask === undefined ? mark(value) : { value: mark(value), mask: mark(mask) }
}

/** An address or a network, `!` in front for all others. */
export function network(text: string): string {
  const named = text.replace(/^!\s*/, '')
  if (parseNetwork(named) !== undefined) return text
  if (parseEnd(named)?.port !== undefined)
    throw new InvalidArgumentError('Ports have options of their own: --sport, --dport, --port.')
  throw new InvalidArgumentError('It must be an address or a network, as 10.0.0.0/8: names are not looked up.')
}

const icmpParts = [
  ['type', whole(0, 0xff)],
  ['code', whole(0, 0xff)],
  ['id', whole(0, 0xffff)],
] as const

/** `8`, `8/0` or `8/0/1234`: type, code and identifier; `//1234` leaves open what is empty. */
export function icmp(text: string): IcmpFilter {
  const parts = text.split('/')
  if (parts.length > icmpParts.length || parts.every((part) => part === ''))
    throw new InvalidArgumentError('It must be type, type/code or type/code/id: 8/0/1234.')
  const given = icmpParts.flatMap(([name, parse], i) => (parts[i] ? [[name, parse(parts[i])]] : []))
  return Object.fromEntries(given)
}

/** The name that is meant: as it is here, or as the kernel's own tools write it, `synSent` or `SYN_SENT`. */
export function meant<Name extends string>(text: string, names: readonly Name[]): Name | undefined {
  const plain = (name: string) => name.replaceAll('_', '').toLowerCase()
  return names.find((name) => plain(name) === plain(text))
}

const statuses = Object.keys(status) as (keyof typeof status)[]

/** `assured,!seenReply`, or `ASSURED`. */
export function statusBits(text: string): FlowFilter['status'] {
  const bits = text.split(',').map((word) => {
    const name = meant(word.replace(/^!/, ''), statuses)
    if (name === undefined)
      throw new InvalidArgumentError(`It must be names of ${statuses.join(', ')}; ! in front: not set.`)
    return { name, isSet: !word.startsWith('!') }
  })
  const names = (wanted: boolean) => bits.filter(({ isSet }) => isSet === wanted).map(({ name }) => name)
  return { set: names(true), clear: names(false) }
}

export const tcpStates = Object.keys(tcpState) as (keyof typeof tcpState)[]
const states = [...new Set([...tcpStates, ...(Object.keys(sctpState) as (keyof typeof sctpState)[])])]

/** A state of TCP or SCTP. `LISTEN` is what old tools call SYN_SENT2. */
export function stateName(text: string): NonNullable<FlowFilter['state']> {
  const name = text === 'LISTEN' ? 'synSent2' : meant(text, states)
  if (name === undefined) throw new InvalidArgumentError(`It must be one of ${states.join(', ')}.`)
  return name
}

export function protocolName(text: string): FlowFilter['protocol'] {
  if (/^\d+$/.test(text)) return whole(0, 255)(text)
  const name = text.toLowerCase()
  if (!Object.hasOwn(ipProtocol, name))
    throw new InvalidArgumentError(`It must be one of ${Object.keys(ipProtocol).join(', ')}, or a number.`)
  return name as FlowFilter['protocol']
}
