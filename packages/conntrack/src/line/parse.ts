import { type IpProtocolName, parseEnd } from '@nfkit/inet'
import { EncodeError, whole } from '@nfkit/netlink-codec'
import { flowStateNames, type StatusName } from '@nfkit/netlink-codec/conntrack'
import type { NatTarget, NewFlow } from '../entry/create.ts'
import { meaningOf } from '../known.ts'
import { replyTo, type ZonedTuple } from '../naming/tuple.ts'
import { savedProtocols, savedStatus, toolTag } from './print.ts'

/** What each option of a saved line says. */
const options = {
  '-t': 'timeout',
  '-u': 'status',
  '-m': 'mark',
  '-w': 'zone',
  '--orig-zone': 'originalZone',
  '--reply-zone': 'replyZone',
  '-s': 'source',
  '-d': 'destination',
  '-r': 'replySource',
  '-q': 'replyDestination',
  '-n': 'sourceNat',
  '-g': 'destinationNat',
  '-p': 'protocol',
  '--sport': 'sourcePort',
  '--dport': 'destinationPort',
  '--reply-port-src': 'replySourcePort',
  '--reply-port-dst': 'replyDestinationPort',
  '--srckey': 'sourcePort',
  '--dstkey': 'destinationPort',
  '--reply-key-src': 'replySourcePort',
  '--reply-key-dst': 'replyDestinationPort',
  '--icmp-type': 'icmpType',
  '--icmp-code': 'icmpCode',
  '--icmp-id': 'icmpId',
  '--icmpv6-type': 'icmpType',
  '--icmpv6-code': 'icmpCode',
  '--icmpv6-id': 'icmpId',
  '--state': 'state',
  '--orig-vtag': 'originalTag',
  '--reply-vtag': 'replyTag',
  '--role': 'role',
} as const
type Said = { [word in (typeof options)[keyof typeof options]]?: string }

/**
 * The flow of a line that `saveLine` or `conntrack -o save` wrote: what `create` makes it of again. Throws `EncodeError` for an option
 * such lines do not have, one without its value, and values that cannot be.
 *
 * @example
 * import { parseSaveLine } from '@nfkit/conntrack'
 *
 * const { original, timeoutSeconds } = parseSaveLine('-A -t 30 -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 4000 --dport 53')
 * console.log(original.destination.port, timeoutSeconds) // 53 30
 */
export function parseSaveLine(line: string): NewFlow {
  const said = readOptions(line)
  const protocol = protocolOf(said.protocol)
  const original = tupleOf(said, protocol)
  return {
    original,
    ...replyOf(said, original),
    timeoutSeconds: numberOf('-t', said.timeout ?? '0', 0xffff_ffff),
    status: statusOf(said.status),
    mark: number('-m', said.mark, 0xffff_ffff),
    zone: zoneOf(said),
    ...stateOf(said, protocol),
  }
}

function readOptions(line: string): Said {
  const said: Said = {}
  const [first, ...words] = line.trim().split(/\s+/)
  if (first !== '-A' && first !== '-I')
    throw new EncodeError('conntrack', `a saved line begins with -A, not "${first}"`)
  for (let i = 0; i < words.length; i += 2) {
    const option = words[i]!
    const key = meaningOf(option, options, 'conntrack', 'option of saved lines')
    if (words[i + 1] === undefined) throw new EncodeError('conntrack', `${option} has no value`)
    said[key] = words[i + 1]!
  }
  return said
}

function protocolOf(text = ''): IpProtocolName | number {
  const name = savedProtocols.find((name) => name === text)
  return name ?? numberOf('-p', text, 0xff)
}

function tupleOf(said: Said, protocol: IpProtocolName | number): ZonedTuple {
  const { source: from, destination: to, icmpType, icmpCode, icmpId } = said
  if (from === undefined || to === undefined) throw new EncodeError('conntrack', 'a saved line has -s and -d')
  const icmp =
    icmpType === undefined
      ? undefined
      : {
          type: numberOf('--icmp-type', icmpType, 0xff),
          code: numberOf('--icmp-code', icmpCode, 0xff),
          id: numberOf('--icmp-id', icmpId, 0xffff),
        }
  return {
    protocol,
    source: { address: from, port: port(said.sourcePort) },
    destination: { address: to, port: port(said.destinationPort) },
    icmp,
  }
}

/** The reply as it is said, or the translation it follows from. */
function replyOf(said: Said, original: ZonedTuple): Pick<NewFlow, 'reply' | 'nat'> {
  const answer = replyTo(original)
  const { source, destination } = answer
  const reply = {
    ...answer,
    source: { address: said.replySource ?? source.address, port: port(said.replySourcePort) ?? source.port },
    destination: {
      address: said.replyDestination ?? destination.address,
      port: port(said.replyDestinationPort) ?? destination.port,
    },
  }
  if (said.sourceNat === undefined && said.destinationNat === undefined) return { reply }
  return {
    nat: {
      source: natOf(said.sourceNat, reply.destination.port, original.source.port),
      destination: natOf(said.destinationNat, reply.source.port, original.destination.port),
    },
  }
}

function natOf(
  text: string | undefined,
  replyPort: number | undefined,
  port: number | undefined,
): NatTarget | undefined {
  if (text === undefined) return undefined
  const said = parseEnd(text)
  if (said === undefined)
    throw new EncodeError('conntrack -n or -g', `"${text}" is no address, and no address with a port`)
  const now = said.port ?? replyPort
  return { address: said.address, port: now === port && said.port === undefined ? undefined : now }
}

function zoneOf({ zone, originalZone, replyZone }: Said): NewFlow['zone'] {
  if (originalZone !== undefined) return { original: numberOf('--orig-zone', originalZone, 0xffff) }
  if (replyZone !== undefined) return { reply: numberOf('--reply-zone', replyZone, 0xffff) }
  return number('-w', zone, 0xffff)
}

function statusOf(text: string | undefined): StatusName[] | undefined {
  const words = (text ?? 'UNSET').split(',').filter((word) => word !== 'UNSET')
  return words.length === 0 ? undefined : words.map((word) => meaningOf(word, savedStatus, 'conntrack -u', 'status'))
}

function stateOf(said: Said, protocol: IpProtocolName | number): Pick<NewFlow, 'tcp' | 'sctp' | 'dccp'> {
  const { state } = said
  if (state === undefined) return {}
  const numbered = (names: ReadonlyMap<number, string>) =>
    meaningOf(
      state,
      Object.fromEntries(Array.from(names, ([value, name]) => [name, value])),
      'conntrack --state',
      'state',
    )
  const tag = (option: string, text = '0') => toolTag(numberOf(option, text, 0xffff_ffff))!
  switch (protocol) {
    case 'tcp':
      return { tcp: { state: numbered(flowStateNames.tcp) } }
    case 'sctp':
      return {
        sctp: {
          state: numbered(flowStateNames.sctp),
          originalTag: tag('--orig-vtag', said.originalTag),
          replyTag: tag('--reply-vtag', said.replyTag),
        },
      }
    case 'dccp':
      return { dccp: { state: numbered(flowStateNames.dccp), role: said.role === 'server' ? 'server' : 'client' } }
    default:
      throw new EncodeError('conntrack --state', `protocol ${protocol} has no state`)
  }
}

const port = (text: string | undefined) => number('a port', text, 0xffff)
const number = (option: string, text: string | undefined, max: number) =>
  text === undefined ? undefined : numberOf(option, text, max)

/** Decimal, or hexadecimal with 0x. */
function numberOf(option: string, text: string | undefined, max: number): number {
  const isNumber = text !== undefined && /^(\d+|0x[0-9a-f]+)$/i.test(text)
  return whole(isNumber ? Number(text) : text, max, `conntrack ${option}`)
}
