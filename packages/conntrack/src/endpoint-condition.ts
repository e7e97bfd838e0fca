import {
  be32,
  conntrack,
  EncodeError,
  type Flow,
  filterFlags,
  protocol as protocols,
  tuple,
  tupleIp,
  tupleProto,
} from '@nfkit/netlink-codec'
import { type Condition, here } from './condition.ts'
import { familyIs } from './field-condition.ts'
import { type FlowFilter, formatRange, type PortRange, rangeOf } from './filter.ts'
import { contains, formatNetwork, isSingle, type Network, parseNetwork } from './network.ts'
import type { ByteTest } from './socket-filter.ts'
import { protocolNumber } from './tuple.ts'

type Side = 'source' | 'destination'

/** Conditions on addresses and ports. With `either` they have to hold together, in one direction or the other. */
export function endpoints(filter: FlowFilter): Condition[] {
  const { direction = 'original' } = filter
  if (direction !== 'either') return sides(filter, direction)
  const original = sides(filter, 'original')
  if (original.length === 0) return families(filter)
  const reply = sides(filter, 'reply')
  const text = original.map((condition) => condition.text.replace('original ', '')).join(' and ')
  const all = (conditions: Condition[], flow: Flow) => conditions.every((condition) => condition.matches(flow))
  return [
    here(`${text}, in either direction`, true, (flow) => all(original, flow) || all(reply, flow)),
    ...families(filter),
  ]
}

function sides(filter: FlowFilter, direction: 'original' | 'reply'): Condition[] {
  const conditions: Condition[] =
    direction === filter.direction || filter.direction !== 'either' ? families(filter) : []
  for (const side of ['source', 'destination'] as const) {
    const network = filter[side]
    if (network !== undefined) conditions.push(addressIs(parseNetwork(network), direction, side))
    const port = filter[side === 'source' ? 'sourcePort' : 'destinationPort']
    if (port !== undefined) conditions.push(portIs(port, direction, side, filter.protocol))
  }
  return conditions
}

/** Addresses say which family is meant, even where the kernel cannot be told them. Throws when they contradict each other. */
function families(filter: FlowFilter): Condition[] {
  let family = filter.family
  for (const text of [filter.source, filter.destination, filter.host]) {
    const network = text === undefined ? undefined : parseNetwork(text)
    if (network === undefined || network.negated) continue
    const name = network.bytes.length === 4 ? 'ipv4' : 'ipv6'
    if (family !== undefined && family !== name)
      throw new EncodeError('CTA_TUPLE_IP', `${text} is not of family ${family}: nothing matches`)
    family = name
  }
  return filter.family === undefined && family !== undefined ? [familyIs(family)] : []
}

function addressIs(network: Network, direction: 'original' | 'reply', side: Side): Condition {
  const text = `${direction} ${side} = ${formatNetwork(network)}`
  const matches = (flow: Flow) => contains(network, flow[direction][side].addressBytes)
  const condition = {
    ...here(text, true, matches),
    tests: direction === 'original' ? addressTests(network, side) : undefined,
  }
  // Ranges it cannot compare; and IPv6 addresses it compares the wrong way round, from 5.8 on.
  const exact = isSingle(network) && !network.negated && network.bytes.length === 4
  if (direction === 'reply' || !exact) return condition
  const flags = side === 'source' ? filterFlags.ipSrc : filterFlags.ipDst
  return { ...condition, push: { kind: 'tuple', flags, tuple: { [side]: network.bytes } } }
}

function portIs(
  port: number | PortRange,
  direction: 'original' | 'reply',
  side: Side,
  protocol: FlowFilter['protocol'],
): Condition {
  const { first, last } = rangeOf(port)
  const text = `${direction} ${side} port = ${formatRange({ first, last })}`
  const key = side === 'source' ? 'sourcePort' : 'destinationPort'
  const plain = here(text, true, (flow) => {
    const actual = flow[direction][key]
    return actual !== undefined && actual >= first && actual <= last
  })
  const condition = { ...plain, tests: direction === 'original' ? portTests(first, last, side) : undefined }
  // The kernel compares ports of TCP and UDP only.
  const number = protocol === undefined ? undefined : protocolNumber(protocol)
  const comparable = number === protocols.tcp || number === protocols.udp
  if (direction === 'reply' || first !== last || !comparable) return condition
  const flags = side === 'source' ? filterFlags.protoSrcPort : filterFlags.protoDstPort
  return { ...condition, push: { kind: 'tuple', flags, tuple: { [key]: first } } }
}

const original = {
  ip: [conntrack.rows.tupleOrig.id, tuple.rows.ip.id],
  proto: [conntrack.rows.tupleOrig.id, tuple.rows.proto.id],
}

function addressTests({ bytes, prefix, negated }: Network, side: Side): ByteTest[] | undefined {
  if (negated) return undefined
  const rows = tupleIp.rows
  const row =
    bytes.length === 4 ? (side === 'source' ? rows.v4Src : rows.v4Dst) : side === 'source' ? rows.v6Src : rows.v6Dst
  const tests: ByteTest[] = []
  for (let at = 0; 8 * at < prefix; at += 4) {
    const mask = prefix - 8 * at >= 32 ? 0xffff_ffff : (0xffff_ffff << (32 - (prefix - 8 * at))) >>> 0
    tests.push({ path: [...original.ip, row.id], at, size: 4, mask, value: (be32(bytes, at) & mask) >>> 0 })
  }
  return tests
}

function portTests(first: number, last: number, side: Side): ByteTest[] | undefined {
  const { id } = side === 'source' ? tupleProto.rows.srcPort : tupleProto.rows.dstPort
  return first === last ? [{ path: [...original.proto, id], size: 2, mask: 0xffff, value: first }] : undefined
}
