import type { DirectionFilter, FlowFilter, IcmpFilter, PortRange, ZonedDirectionFilter } from '@nfkit/conntrack'
import { type Command, Option } from 'commander'
import { whole } from '../cli/arguments.ts'
import { icmp, maskedMark, network, ports, protocolName, stateName, statusBits } from './condition.ts'
import { moreLabels } from './label.ts'

type Ports = number | PortRange

/** Filters by name, as options of a command. */
export interface FilterOptions {
  readonly family?: 'ipv4' | 'ipv6'
  readonly protocol?: FlowFilter['protocol']
  readonly source?: string
  readonly destination?: string
  readonly sport?: Ports
  readonly dport?: Ports
  readonly host?: string
  readonly port?: Ports
  readonly direction?: FlowFilter['direction']
  readonly replySource?: string
  readonly replyDestination?: string
  readonly replySport?: Ports
  readonly replyDport?: Ports
  readonly srcNat?: string | true
  readonly dstNat?: string | true
  readonly anyNat?: string | true
  readonly icmp?: IcmpFilter
  readonly mark?: FlowFilter['mark']
  readonly status?: FlowFilter['status']
  readonly state?: FlowFilter['state']
  readonly zone?: number
  readonly origZone?: number
  readonly replyZone?: number
  readonly label?: readonly number[]
}

const zone = whole(0, 0xffff)

export function addFilters(command: Command): Command {
  return command
    .optionsGroup('Which connections:')
    .addOption(new Option('-f, --family <family>', 'ipv4 or ipv6').choices(['ipv4', 'ipv6']))
    .option('-p, --protocol <name|number>', 'tcp, udp, icmp, icmpv6, sctp, …', protocolName)
    .option('-s, --source <address>', 'address or network; ! in front: all others', network)
    .option('-d, --destination <address>', 'address or network; ! in front: all others', network)
    .option('--host <address>', 'address or network at either end, before or after translation', network)
    .option('--port <port|first-last>', 'port at either end', ports)
    .option('--sport <port|first-last>', 'source port', ports)
    .option('--dport <port|first-last>', 'destination port', ports)
    .addOption(
      new Option('--direction <direction>', 'the tuple the above are compared with').choices([
        'original',
        'reply',
        'either',
      ]),
    )
    .option('-r, --reply-source <address>', 'where answers come from', network)
    .option('-q, --reply-destination <address>', 'where answers go to', network)
    .option('--reply-sport <port|first-last>', 'source port of answers', ports)
    .option('--reply-dport <port|first-last>', 'destination port of answers', ports)
    .option('-n, --src-nat [address]', 'its source is translated, or translated to this address or network', network)
    .option('-g, --dst-nat [address]', 'its destination is translated, or translated to this', network)
    .addOption(
      new Option('-j, --any-nat [address]', 'either is translated, or translated to this')
        .argParser(network)
        .conflicts(['srcNat', 'dstNat']),
    )
    .option('--icmp <type[/code[/id]]>', 'of ICMP and ICMPv6: 8, 8/0/1234, or //1234', icmp)
    .option('-m, --mark <value[/mask]>', 'connmark', maskedMark)
    .option('-u, --status <names>', 'bits that are set, or with ! not set: assured,!seenReply, or ASSURED', statusBits)
    .option('--state <state>', 'state of TCP or SCTP: established, timeWait, …, or as SYN_SENT', stateName)
    .option('-w, --zone <number>', 'zone', zone)
    .option('--orig-zone <number>', 'zone of the original direction', zone)
    .option('--reply-zone <number>', 'zone of the reply direction', zone)
    .option(
      '-l, --label <labels>',
      'labels it has, by number or name of /etc/xtables/connlabel.conf: web,7',
      moreLabels,
    )
    .optionsGroup('Options:')
}

/** The conditions that were given, and no others: a condition that is there but undefined could be taken for one that matches everything. */
export function filterOf(options: FilterOptions): FlowFilter {
  const { family, protocol, source, destination, host, port, direction, mark, status, state, zone, label } = options
  const { sport, dport, replySport, replyDport, icmp } = options
  const reply = given<ZonedDirectionFilter>({
    source: options.replySource,
    destination: options.replyDestination,
    sourcePort: replySport,
    destinationPort: replyDport,
    zone: options.replyZone,
  })
  const original = given<ZonedDirectionFilter>({ zone: options.origZone })
  const ends: DirectionFilter = { source, destination, sourcePort: sport, destinationPort: dport, icmp }
  const where = { original, reply, host, port, direction, nat: natOf(options) }
  return given<FlowFilter>({ family, protocol, ...ends, ...where, mark, status, state, zone, label }) ?? {}
}

/** Without a value an option is `true`. */
function natOf({ srcNat, dstNat, anyNat }: FilterOptions): FlowFilter['nat'] {
  if (anyNat !== undefined) return anyNat
  return given({ source: srcNat, destination: dstNat })
}

/** What is not undefined of it; `undefined` when nothing is. */
function given<T extends object>(all: T): T | undefined {
  const some = Object.entries(all).filter(([, condition]) => condition !== undefined)
  return some.length === 0 ? undefined : (Object.fromEntries(some) as T)
}
