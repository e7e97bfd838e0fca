import {
  formatAddress,
  formatTuple,
  type IcmpIdentity,
  ipProtocol,
  mirror,
  parseAddress,
  parseTuple,
  type Tuple,
} from '@nfkit/inet'
import { decode, type Message, messageFlags } from '@nfkit/netlink-codec'
import { type Conntrack, conntrack, type ProtoinfoTcp, type TupleAttrs } from '@nfkit/netlink-codec/conntrack'
import { netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { connection } from './request.ts'
import type { Socket } from './socket.ts'

/** The tuple of a text, as messages carry it: `udp 10.1.0.1:1000 > 10.1.0.2:2000`, `icmp 10.1.0.1 > 10.1.0.2 type 8 code 0 id 7`. */
export function tuple(text: string): TupleAttrs {
  const { protocol, source, destination, icmp } = named(text)
  const num = typeof protocol === 'number' ? protocol : ipProtocol[protocol]
  const [from, to] = [parseAddress(source.address)!, parseAddress(destination.address)!]
  const ip = from.length === 16 ? { v6Src: from, v6Dst: to } : { v4Src: from, v4Dst: to }
  return { ip, proto: { num, ...identity(num, icmp), srcPort: source.port, dstPort: destination.port } }
}

function named(text: string): Tuple {
  const tuple = parseTuple(text)
  if (tuple === undefined) throw new Error(`${text} is no tuple`)
  return tuple
}

function identity(num: number, icmp: IcmpIdentity | undefined): object {
  if (icmp === undefined) return {}
  const { type, code, id } = icmp
  return num === ipProtocol.icmp
    ? { icmpId: id, icmpType: type, icmpCode: code }
    : { icmpv6Id: id, icmpv6Type: type, icmpv6Code: code }
}

/** The other direction of a text of `tuple`. */
export const reversed = (text: string): string => formatTuple(mirror(named(text))!)

/** Both directions of a flow: the attributes that name it. */
export const flow = (text: string): Conntrack => ({ tupleOrig: tuple(text), tupleReply: tuple(reversed(text)) })

export const familyOf = (text: string): number => (text.includes('.') ? 2 : 10)

const { create, exclusive } = messageFlags

/** A request that makes an entry, or fails. */
export const creation = (text: string, more: Conntrack = {}, flags: number = create | exclusive): Uint8Array =>
  connection('new', { ...flow(text), timeout: 100, ...more }, { family: familyOf(text), flags })

/** A request that changes an entry. */
export const change = (text: string, more: Conntrack): Uint8Array =>
  connection('new', { tupleOrig: tuple(text), ...more }, { family: familyOf(text) })

export const lookup = (text: string, more: Conntrack = {}): Uint8Array =>
  connection('get', { tupleOrig: tuple(text), ...more }, { family: familyOf(text) })

export const deletion = (text: string, more: Conntrack = {}): Uint8Array =>
  connection('delete', { tupleOrig: tuple(text), ...more }, { family: familyOf(text) })

/** Everything a message says of a connection. */
export const entry = ({ bytes, start, end }: Message): Conntrack => decode(conntrack, bytes, start + 20, end)

/** The entry of a flow. Throws when there is none. */
export async function entryOf(socket: Socket, text: string): Promise<Conntrack> {
  const { error, replies } = await socket.ask(lookup(text))
  if (error !== '0') throw new Error(`${text}: ${error}`)
  return entry(replies[0]!)
}

/** Names of the attributes of a run, in order. */
export const names = (message: Message): string[] =>
  [...netfilterOf(message).attrs.list()].map(({ id }) => conntrack.byId[id]?.key ?? `${id}`)

/** A tuple as text again; the inverse of `tuple`. */
export function text({ ip = {}, proto = {} }: TupleAttrs = {}): string {
  const end = (address: Uint8Array | undefined, port: number | undefined) => ({
    address: address ? formatAddress(address) : '',
    port,
  })
  const { icmpId, icmpType = 0, icmpCode = 0, icmpv6Id, icmpv6Type = 0, icmpv6Code = 0 } = proto
  const v4 = icmpId === undefined ? undefined : { type: icmpType, code: icmpCode, id: icmpId }
  const v6 = icmpv6Id === undefined ? undefined : { type: icmpv6Type, code: icmpv6Code, id: icmpv6Id }
  return formatTuple({
    protocol: proto.num ?? 0,
    source: end(ip.v4Src ?? ip.v6Src, proto.srcPort),
    destination: end(ip.v4Dst ?? ip.v6Dst, proto.dstPort),
    icmp: v4 ?? v6,
  })
}

export const tcpInfo = (tcp: ProtoinfoTcp): Conntrack => ({ protoinfo: { tcp } })

/** Tuples of all entries of the table, as `text` writes them, sorted. */
export async function table(socket: Socket, filter: Conntrack = {}, family = 0): Promise<string[]> {
  const { error, entries } = await socket.dump(connection('get', filter, { family }))
  if (error !== '0') throw new Error(error)
  return entries.map((message) => text(entry(message).tupleOrig)).sort()
}

export const texts = (...flows: readonly string[]): string[] => flows.map((of) => text(tuple(of))).sort()
