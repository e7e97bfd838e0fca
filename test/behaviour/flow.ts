import { ipProtocol, parseAddress } from '@nfkit/inet'
import { decode, type Message, messageFlags } from '@nfkit/netlink-codec'
import { type Conntrack, conntrack, type ProtoinfoTcp, type Tuple } from '@nfkit/netlink-codec/conntrack'
import { netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { connection } from './request.ts'
import type { Socket } from './socket.ts'

export type ProtocolName = keyof typeof ipProtocol

/** A tuple as text: `udp 10.1.0.1:1000 > 10.1.0.2:2000`, `icmp 10.1.0.1 > 10.1.0.2 8/0 7` (type/code id), `ospf 10.1.0.1 > …`. */
export function tuple(text: string): Tuple {
  const [name = '', from = '', , to = '', kind, id] = text.split(' ')
  const num = name in ipProtocol ? ipProtocol[name as ProtocolName] : Number(name)
  const [source, destination] = [endpoint(from), endpoint(to)]
  const six = source.address.length === 16
  const ip = six
    ? { v6Src: source.address, v6Dst: destination.address }
    : { v4Src: source.address, v4Dst: destination.address }
  return { ip, proto: { num, ...identity(num, source.port, destination.port, kind, id) } }
}

function identity(num: number, srcPort: number | undefined, dstPort: number | undefined, kind = '', id = ''): object {
  const [type, code] = kind.split('/').map(Number)
  if (num === ipProtocol.icmp) return { icmpId: Number(id), icmpType: type, icmpCode: code }
  if (num === ipProtocol.icmpv6) return { icmpv6Id: Number(id), icmpv6Type: type, icmpv6Code: code }
  return srcPort === undefined ? {} : { srcPort, dstPort }
}

function endpoint(text: string): { address: Uint8Array; port: number | undefined } {
  const [, six, four, port] = /^(?:\[(.*)\]|([\d.]+))(?::(\d+))?$/.exec(text) ?? []
  const address = parseAddress(six ?? four ?? text)
  if (address === undefined) throw new Error(`${text} is no address`)
  return { address, port: port === undefined ? undefined : Number(port) }
}

/** The other direction of a text of `tuple`. */
export function reversed(text: string): string {
  const [name, from, arrow, to, kind, id] = text.split(' ')
  const back = { '8/0': '0/0', '0/0': '8/0', '13/0': '14/0', '128/0': '129/0' }[kind ?? ''] ?? kind
  return [name, to, arrow, from, back, id].filter((part) => part !== undefined).join(' ')
}

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
export function text(of: Tuple | undefined): string {
  const { ip = {}, proto = {} } = of ?? {}
  const [from, to] = [ip.v4Src ?? ip.v6Src, ip.v4Dst ?? ip.v6Dst].map((address) => [...(address ?? [])].join('.'))
  return [proto.num, from, proto.srcPort ?? '', to, proto.dstPort ?? '', proto.icmpId ?? proto.icmpv6Id ?? ''].join(' ')
}

export const tcpInfo = (tcp: ProtoinfoTcp): Conntrack => ({ protoinfo: { tcp } })

/** Tuples of all entries of the table, as `text` writes them, sorted. */
export async function table(socket: Socket, filter: Conntrack = {}, family = 0): Promise<string[]> {
  const { error, entries } = await socket.dump(connection('get', filter, { family }))
  if (error !== '0') throw new Error(error)
  return entries.map((message) => text(entry(message).tupleOrig)).sort()
}

export const texts = (...flows: readonly string[]): string[] => flows.map((of) => text(tuple(of))).sort()
