import {
  be32,
  type Conntrack,
  conntrack,
  EncodeError,
  type Flow,
  filterFlags,
  protocol as protocols,
  sctpState,
  tcpState,
  tuple,
  tupleIp,
  tupleProto,
} from '@nfkit/netlink-codec'
import type { Features } from './features.ts'
import type { FlowFilter, PortRange } from './filter.ts'
import { contains, formatNetwork, isSingle, type Network, parseNetwork } from './network.ts'
import type { ByteTest } from './socket-filter.ts'
import { statusBits } from './status.ts'
import { familyNumber, protocolNumber } from './tuple.ts'

/** One condition of a filter. */
export interface Condition {
  readonly text: string
  readonly matches: (flow: Flow) => boolean
  /** Whether it holds for a connection's whole life, so that events without it can never matter. */
  readonly constant: boolean
  /** How the kernel is told in a dump; `undefined` when it cannot be. */
  readonly push?: Push | undefined
  /** How a socket filter tells by the bytes of an event; `undefined` when it cannot. */
  readonly tests?: readonly ByteTest[] | undefined
}

export type Push =
  | { readonly kind: 'family'; readonly family: number }
  | { readonly kind: 'attrs'; readonly needs: keyof Features; readonly attrs: Conntrack }
  | { readonly kind: 'tuple'; readonly flags: number; readonly tuple: TuplePush }

/** What CTA_FILTER compares of one tuple. */
export interface TuplePush {
  readonly protocol?: number
  readonly source?: Uint8Array
  readonly destination?: Uint8Array
  readonly sourcePort?: number
  readonly destinationPort?: number
}

/** Every key a filter may have: one that is misspelt would widen it in silence. */
const keys: { readonly [key in keyof Required<FlowFilter>]: true } = {
  family: true,
  protocol: true,
  source: true,
  destination: true,
  sourcePort: true,
  destinationPort: true,
  direction: true,
  mark: true,
  status: true,
  zone: true,
  label: true,
  state: true,
  id: true,
  not: true,
  where: true,
}

/** A filter taken apart; a mask without bits is no condition. Throws `EncodeError` for what cannot be meant. */
export function conditionsOf(filter: FlowFilter): Condition[] {
  for (const key of Object.keys(filter))
    if (!Object.hasOwn(keys, key)) throw new EncodeError('FlowFilter', `there is no condition "${key}"`)
  const conditions: (Condition | undefined)[] = [
    filter.family && familyIs(familyNumber(filter.family), filter.family),
    filter.protocol !== undefined ? protocolIs(filter.protocol) : undefined,
    ...endpoints(filter),
    filter.mark !== undefined ? markIs(filter.mark) : undefined,
    filter.status !== undefined ? statusIs(filter.status) : undefined,
    filter.zone !== undefined ? zoneIs(filter.zone) : undefined,
    filter.state !== undefined ? stateIs(filter.state) : undefined,
    filter.label !== undefined ? labelled(filter.label) : undefined,
    filter.id !== undefined ? here(`id = ${filter.id}`, true, (flow) => flow.id === filter.id) : undefined,
    filter.not && except(conditionsOf(filter.not)),
    filter.where && here('where(flow)', false, filter.where),
  ]
  return conditions.filter((condition) => condition !== undefined)
}

const here = (text: string, constant: boolean, matches: (flow: Flow) => boolean): Condition => ({
  text,
  constant,
  matches,
})

function familyIs(family: number, name: string): Condition {
  const tests = [{ path: [], at: familyAt, size: 1, mask: 0xff, value: family } as const]
  return {
    ...here(`family = ${name}`, true, (flow) => flow.family === family),
    push: { kind: 'family', family },
    tests,
  }
}

function protocolIs(protocol: NonNullable<FlowFilter['protocol']>): Condition {
  const number = protocolNumber(protocol)
  return {
    ...here(`protocol = ${protocol}`, true, (flow) => flow.protocol === number),
    push: { kind: 'tuple', flags: filterFlags.protoNum, tuple: { protocol: number } },
    tests: [{ path: [...original.proto, tupleProto.rows.num.id], size: 1, mask: 0xff, value: number }],
  }
}

function markIs(mark: NonNullable<FlowFilter['mark']>): Condition | undefined {
  const { value, mask } = typeof mark === 'number' ? { value: mark, mask: 0xffff_ffff } : mark
  if (mask === 0 && value === 0) return undefined
  const text = mask === 0xffff_ffff ? `mark = ${value}` : `mark & 0x${mask.toString(16)} = ${value}`
  // In events an absent mark is 0.
  const matches = (flow: Flow) => ((flow.mark ?? 0) & mask) >>> 0 === value
  const push: Push = { kind: 'attrs', needs: 'mark', attrs: { mark: value, markMask: mask } }
  return {
    ...here(text, false, matches),
    push,
    tests: [{ path: [conntrack.rows.mark.id], size: 4, mask, value, absent: 0 }],
  }
}

function statusIs(wanted: NonNullable<FlowFilter['status']>): Condition | undefined {
  const plain = typeof wanted === 'number' || 'length' in wanted
  const set = statusBits(plain ? wanted : (wanted.set ?? 0))
  const clear = plain ? 0 : statusBits(wanted.clear ?? 0)
  if (set & clear) throw new EncodeError('CTA_STATUS', 'a status bit cannot be both set and clear')
  const mask = (set | clear) >>> 0
  if (mask === 0) return undefined
  const condition = here(
    `status & 0x${mask.toString(16)} = 0x${set.toString(16)}`,
    false,
    (flow) => ((flow.status ?? 0) & mask) === set,
  )
  const tests = [{ path: [conntrack.rows.status.id], size: 4, mask, value: set } as const]
  return { ...condition, push: { kind: 'attrs', needs: 'status', attrs: { status: set, statusMask: mask } }, tests }
}

function zoneIs(zone: number): Condition {
  const tests = [{ path: [conntrack.rows.zone.id], size: 2, mask: 0xffff, value: zone, absent: 0 } as const]
  const push: Push = { kind: 'attrs', needs: 'zone', attrs: { zone } }
  return { ...here(`zone = ${zone}`, true, (flow) => flow.zone === zone), push, tests }
}

function labelled(label: number): Condition {
  return here(`label ${label}`, false, (flow) => flow.labels?.includes(label) === true)
}

function stateIs(state: NonNullable<FlowFilter['state']>): Condition {
  const tcp: number | undefined = (tcpState as { readonly [name: string]: number })[state]
  const sctp: number | undefined = (sctpState as { readonly [name: string]: number })[state]
  if (tcp === undefined && sctp === undefined) throw new EncodeError('CTA_PROTOINFO', `there is no state "${state}"`)
  return here(`state = ${state}`, false, (flow) => {
    const tcpNow = flow.tcpState
    if (tcpNow !== undefined) return tcpNow === tcp
    const sctpNow = flow.sctp?.state
    return sctpNow !== undefined && sctpNow === sctp
  })
}

function except(conditions: readonly Condition[]): Condition {
  const text = conditions.map((condition) => condition.text).join(' and ')
  const constant = conditions.every((condition) => condition.constant)
  return here(`not (${text})`, constant, (flow) => !conditions.every((condition) => condition.matches(flow)))
}

type Side = 'source' | 'destination'

/** Conditions on addresses and ports. With `either` they have to hold together, in one direction or the other. */
function endpoints(filter: FlowFilter): Condition[] {
  const { direction = 'original' } = filter
  if (direction !== 'either') return sides(filter, direction)
  const original = sides(filter, 'original')
  if (original.length === 0) return []
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
  for (const text of [filter.source, filter.destination]) {
    const network = text === undefined ? undefined : parseNetwork(text)
    if (network === undefined || network.negated) continue
    const name = network.bytes.length === 4 ? 'ipv4' : 'ipv6'
    if (family !== undefined && family !== name)
      throw new EncodeError('CTA_TUPLE_IP', `${text} is not of family ${family}: nothing matches`)
    family = name
  }
  return filter.family === undefined && family !== undefined ? [familyIs(familyNumber(family), family)] : []
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
  const { first, last } = typeof port === 'number' ? { first: port, last: port } : port
  const text = `${direction} ${side} port = ${first === last ? first : `${first} to ${last}`}`
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

/** Where an event has its family: struct nfgenmsg follows struct nlmsghdr. */
const familyAt = 16
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
