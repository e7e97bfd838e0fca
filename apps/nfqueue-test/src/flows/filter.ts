import type { FlowFilter, PortRange } from '@nfkit/conntrack'
import { ipProtocol, parseEnd, parseNetwork } from '@nfkit/inet'
import { sctpState, status, tcpState } from '@nfkit/netlink-codec/conntrack'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { mark, whole } from '../cli/arguments.ts'

/** Filters by name, as options of a command. */
export interface FilterOptions {
  readonly family?: 'ipv4' | 'ipv6'
  readonly protocol?: FlowFilter['protocol']
  readonly source?: string
  readonly destination?: string
  readonly sport?: number | PortRange
  readonly dport?: number | PortRange
  readonly host?: string
  readonly port?: number | PortRange
  readonly direction?: 'original' | 'reply' | 'either'
  readonly mark?: FlowFilter['mark']
  readonly status?: FlowFilter['status']
  readonly state?: FlowFilter['state']
  readonly zone?: number
  readonly label?: number
}

const port = whole(0, 0xffff)

/** `22`, or `1000-2000`. */
function ports(text: string): number | PortRange {
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

/** An address or a network, `!` in front for all others. Throws what becomes one sentence. */
function network(text: string): string {
  const named = text.replace(/^!\s*/, '')
  if (parseNetwork(named) !== undefined) return text
  if (parseEnd(named)?.port !== undefined)
    throw new InvalidArgumentError('Ports have options of their own: --sport, --dport, --port.')
  throw new InvalidArgumentError('It must be an address or a network, as 10.0.0.0/8: names are not looked up.')
}

function statusNames(text: string): FlowFilter['status'] {
  const names = text.split(',')
  const unknown = names.find((name) => !Object.hasOwn(status, name.replace(/^!/, '')))
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`It must be names of ${Object.keys(status).join(', ')}; ! in front: not set.`)
  }
  const bits = (of: string[]) => of.map((name) => name.replace(/^!/, '') as keyof typeof status)
  return {
    set: bits(names.filter((name) => !name.startsWith('!'))),
    clear: bits(names.filter((name) => name.startsWith('!'))),
  }
}

const states = [...new Set([...Object.keys(tcpState), ...Object.keys(sctpState)])]

/** As here, or as the kernel's own tools write it: `synSent` or `SYN_SENT`. */
function stateName(text: string): FlowFilter['state'] {
  const plain = (name: string) => name.replaceAll('_', '').toLowerCase()
  const name = states.find((name) => plain(name) === plain(text))
  if (name === undefined) throw new InvalidArgumentError(`It must be one of ${states.join(', ')}.`)
  return name as FlowFilter['state']
}

function protocolName(text: string): FlowFilter['protocol'] {
  if (/^\d+$/.test(text)) return whole(0, 255)(text)
  const name = text.toLowerCase()
  if (!Object.hasOwn(ipProtocol, name))
    throw new InvalidArgumentError(`It must be one of ${Object.keys(ipProtocol).join(', ')}, or a number.`)
  return name as FlowFilter['protocol']
}

export function addFilters(command: Command): Command {
  return command
    .addOption(new Option('-f, --family <family>', 'ipv4 or ipv6').choices(['ipv4', 'ipv6']))
    .option('-p, --protocol <name|number>', 'tcp, udp, icmp, icmpv6, sctp, …', protocolName)
    .option('-s, --source <address>', 'address or network; ! in front: all others', network)
    .option('-d, --destination <address>', 'address or network; ! in front: all others', network)
    .option('--host <address>', 'address or network at either end, before or after translation', network)
    .option('--port <port|first-last>', 'port at either end', ports)
    .option('--sport <port|first-last>', 'source port', ports)
    .option('--dport <port|first-last>', 'destination port', ports)
    .addOption(
      new Option('--direction <direction>', 'the tuple addresses and ports are compared with').choices([
        'original',
        'reply',
        'either',
      ]),
    )
    .option('--mark <value[/mask]>', 'connmark', maskedMark)
    .option('--status <names>', 'status bits that are set, or with ! not set: assured,!seenReply', statusNames)
    .option('--state <state>', `state of TCP or SCTP: established, timeWait, …, or as SYN_SENT`, stateName)
    .option('--zone <number>', 'zone', whole(0, 0xffff))
    .option('--label <number>', 'label', whole(0, 127))
}

/** The conditions that were given, and no others: a condition that is there but undefined could be taken for one that matches everything. */
export function filterOf(options: FilterOptions): FlowFilter {
  const { sport, dport, ...rest } = options
  const { family, protocol, source, destination, host, port, direction, mark, status, state, zone, label } = rest
  const ends = { source, destination, sourcePort: sport, destinationPort: dport, host, port }
  const all = { family, protocol, ...ends, direction, mark, status, state, zone, label }
  return Object.fromEntries(Object.entries(all).filter(([, condition]) => condition !== undefined))
}
