import { isSingle, prefixMask, ipProtocol as protocols } from '@nfkit/inet'
import { be32 } from '@nfkit/inet/bytes'
import { EncodeError, whole } from '@nfkit/netlink-codec'
import { conntrack, type Flow, filterFlags, tuple, tupleIp, tupleProto } from '@nfkit/netlink-codec/conntrack'
import { assertKeys, type Keys, meaningOf } from '../known.ts'
import { protocolNumber } from '../naming/tuple.ts'
import type { ByteTest } from './bpf.ts'
import { type Condition, here } from './condition.ts'
import {
  type DirectionFilter,
  type FlowFilter,
  formatRange,
  type IcmpFilter,
  type PortRange,
  rangeOf,
  type ZonedDirectionFilter,
} from './filter.ts'
import { contains, formatNetwork, type Network, parseNetwork } from './network.ts'

type Side = 'source' | 'destination'
type Direction = 'original' | 'reply'

const keys: Keys<DirectionFilter> = {
  source: true,
  destination: true,
  sourcePort: true,
  destinationPort: true,
  icmp: true,
}
const zonedKeys: Keys<ZonedDirectionFilter> = { ...keys, zone: true }
const directions: { readonly [name in NonNullable<FlowFilter['direction']>]: readonly Direction[] } = {
  original: ['original'],
  reply: ['reply'],
  either: ['original', 'reply'],
}

/** Conditions on addresses, ports and ICMP. With `either` they have to hold together, in one direction or the other. */
export function endpoints(filter: FlowFilter): Condition[] {
  const { direction = 'original', protocol } = filter
  const [first, ...rest] = meaningOf(direction, directions, 'FlowFilter', 'direction').map((direction) =>
    sides(filter, direction, protocol),
  )
  return [
    ...(rest.length === 0 || first!.length === 0 ? first! : [oneOf(first!, rest[0]!)]),
    ...(['original', 'reply'] as const).flatMap((direction) => inDirection(filter, direction)),
  ]
}

function oneOf(original: readonly Condition[], reply: readonly Condition[]): Condition {
  const text = original.map((condition) => condition.text.replace('original ', '')).join(' and ')
  const all = (conditions: readonly Condition[], flow: Flow) => conditions.every(({ matches }) => matches(flow))
  return here(`${text}, in either direction`, true, (flow) => all(original, flow) || all(reply, flow))
}

/** What a filter says of one direction by name. */
function inDirection(filter: FlowFilter, direction: Direction): Condition[] {
  const of = filter[direction]
  if (of === undefined) return []
  assertKeys(of, zonedKeys, `FlowFilter ${direction}`)
  for (const key of Object.keys(keys) as (keyof DirectionFilter)[])
    if (direction === (filter.direction ?? 'original') && of[key] !== undefined && filter[key] !== undefined)
      throw new EncodeError('FlowFilter', `"${key}" and "${direction}.${key}" are the same condition: leave out one`)
  const conditions = sides(of, direction, filter.protocol)
  return of.zone === undefined ? conditions : [...conditions, zoneIs(of.zone, direction)]
}

function sides(of: DirectionFilter, direction: Direction, protocol: FlowFilter['protocol']): Condition[] {
  const conditions: Condition[] = []
  for (const side of ['source', 'destination'] as const) {
    const network = of[side]
    if (network !== undefined) conditions.push(addressIs(parseNetwork(network), direction, side))
    const port = of[side === 'source' ? 'sourcePort' : 'destinationPort']
    if (port !== undefined) conditions.push(portIs(port, direction, side, protocol))
  }
  if (of.icmp !== undefined) conditions.push(icmpIs(of.icmp, direction))
  return conditions
}

/** A zone of one direction. A flow's own zone holds for both. */
function zoneIs(zone: number, direction: Direction): Condition {
  whole(zone, 0xffff, 'CTA_TUPLE_ZONE')
  return here(`${direction} zone = ${zone}`, true, (flow) => (flow[direction].zone ?? flow.zone) === zone)
}

const icmpLimits = { type: 0xff, code: 0xff, id: 0xffff } as const

function icmpIs(icmp: IcmpFilter, direction: Direction): Condition {
  assertKeys(icmp, { type: true, code: true, id: true }, 'FlowFilter icmp')
  const wanted = (Object.keys(icmpLimits) as (keyof IcmpFilter)[])
    .filter((key) => icmp[key] !== undefined)
    .map((key) => ({ key, value: whole(icmp[key], icmpLimits[key], `CTA_PROTO_ICMP ${key}`) }))
  const text = wanted.map(({ key, value }) => `${key} = ${value}`).join(' and ')
  return here(`${direction} icmp ${text}`.trimEnd(), true, (flow) => {
    const of = flow[direction].icmp
    return of !== undefined && wanted.every(({ key, value }) => of[key] === value)
  })
}

/** An address of one end, in one direction. */
export function addressIs(network: Network, direction: Direction, side: Side): Condition {
  const text = `${direction} ${side} = ${formatNetwork(network)}`
  const matches = (flow: Flow) => contains(network, flow[direction][side].addressBytes)
  const condition = {
    ...here(text, true, matches),
    tests: direction === 'original' ? addressTests(network, side) : undefined,
  }
  // Ranges it cannot compare; and IPv6 addresses it compares the wrong way round, from 5.8 on.
  const exact = isSingle(network) && !network.negated && network.address.length === 4
  if (direction === 'reply' || !exact) return condition
  const flags = side === 'source' ? filterFlags.ipSrc : filterFlags.ipDst
  return { ...condition, push: { kind: 'tuple', flags, tuple: { [side]: network.address } } }
}

function portIs(
  port: number | PortRange,
  direction: Direction,
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

function addressTests({ address, prefix, negated }: Network, side: Side): ByteTest[] | undefined {
  if (negated) return undefined
  const rows = tupleIp.rows
  const row =
    address.length === 4 ? (side === 'source' ? rows.v4Src : rows.v4Dst) : side === 'source' ? rows.v6Src : rows.v6Dst
  const tests: ByteTest[] = []
  const masks = prefixMask(address.length as 4 | 16, prefix)
  for (let at = 0; 8 * at < prefix; at += 4) {
    const mask = be32(masks, at)
    tests.push({ path: [...original.ip, row.id], at, size: 4, mask, value: (be32(address, at) & mask) >>> 0 })
  }
  return tests
}

function portTests(first: number, last: number, side: Side): ByteTest[] | undefined {
  const { id } = side === 'source' ? tupleProto.rows.srcPort : tupleProto.rows.dstPort
  return first === last ? [{ path: [...original.proto, id], size: 2, mask: 0xffff, value: first }] : undefined
}
