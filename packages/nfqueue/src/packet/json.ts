import { formatHex, protocolName } from '@nfkit/inet'
import { type IpPacket, type Tcp, tcpFlag } from '@nfkit/ip-codec'
import { isoTime } from '@nfkit/netlink-codec'
import type { FlowJson } from '@nfkit/netlink-codec/conntrack'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { ctInfo } from '@nfkit/netlink-codec/nfqueue'
import type { Packet } from './packet.ts'

/** The properties that go into a packet's JSON form as they are. */
const plain = [
  'id',
  'queue',
  'hook',
  'hwProtocol',
  'indev',
  'indevName',
  'outdev',
  'outdevName',
  'physIndev',
  'physIndevName',
  'physOutdev',
  'physOutdevName',
  'mark',
  'priority',
  'length',
  'truncated',
  'hwaddr',
  'uid',
  'gid',
  'secctx',
  'cgroupClassid',
  'vlan',
] as const satisfies readonly (keyof Packet)[]

/** A packet in JSON: names where there are names, else numbers; what is absent is left out. */
export interface PacketJson extends Pick<Packet, (typeof plain)[number]> {
  /** When the kernel received it or, where it does not say, when it was read here: ISO 8601. */
  readonly time: string
  /** `ipv4`, `ipv6`, `bridge`, `arp`, or the number. */
  readonly family: string | number
  /** How it relates to its connection: a name of `ctInfo`, or the number. */
  readonly ctInfo?: string | number | undefined
  /** The packet's connection, where it is known. */
  readonly flow?: FlowJson | undefined
  /** The payload's headers, where it is IPv4 or IPv6. */
  readonly ip?: IpJson | undefined
  /** Nanoseconds since 1970 as decimal text, where the kernel says when it received the packet. */
  readonly timestampNs?: string | undefined
  /** Link-layer header, hexadecimal; bridge family only. */
  readonly l2hdr?: string | undefined
  /** From the network header on, cut to the copy range; hexadecimal. */
  readonly payload?: string | undefined
}

/** Who speaks to whom; the rest is in the payload. */
export interface IpJson {
  /** IPv4 or IPv6. */
  readonly version: 4 | 6
  /** Address the packet comes from: `192.0.2.1`. */
  readonly source: string
  /** Address the packet goes to. */
  readonly destination: string
  /** `tcp`; `protocol 200` for a number without a name. */
  readonly protocol: string
  /** Port the packet comes from, where its protocol has ports and they can be read. */
  readonly sourcePort: number | undefined
  /** Port the packet goes to, where its protocol has ports and they can be read. */
  readonly destinationPort: number | undefined
  /** Of TCP alone. */
  readonly tcp?: TcpJson | undefined
  /** Type and code of ICMP or ICMPv6. */
  readonly icmp?: { readonly type: number; readonly code: number } | undefined
}

/** A TCP header, as far as it says where its connection stands. */
export interface TcpJson {
  /** Lower case: `['syn', 'ack']`. */
  readonly flags: readonly (keyof typeof tcpFlag)[]
  /** Number of the segment's first byte: 0 to 4294967295. */
  readonly sequence: number
  /** Number of the next byte the sender expects; it counts with the flag `ack` alone. */
  readonly acknowledgment: number
  /** Receive window as the header has it, not scaled. */
  readonly window: number
}

export function packetJson(packet: Packet): PacketJson {
  const { timestampNs, ip, flow, l2hdr, payload } = packet
  const out = {
    ...Object.fromEntries(plain.map((key) => [key, packet[key]])),
    time:
      timestampNs === undefined
        ? new Date(performance.timeOrigin + packet.arrivedAt).toISOString()
        : isoTime(timestampNs),
    family: nameIn(family, packet.family),
    ctInfo: packet.ctInfo === undefined ? undefined : nameIn(ctInfo, packet.ctInfo),
    flow: flow?.toJSON(),
    ip: ip && ipJson(ip),
    timestampNs: timestampNs?.toString(),
    l2hdr: l2hdr && formatHex(l2hdr),
    payload: payload && formatHex(payload),
  }
  return Object.fromEntries(Object.entries(out).filter(([, value]) => value !== undefined)) as unknown as PacketJson
}

function ipJson(ip: IpPacket): IpJson {
  const { version, source, destination, protocol, sourcePort, destinationPort, tcp } = ip
  const icmp = ip.icmp ?? ip.icmpv6
  return {
    version,
    source,
    destination,
    protocol: protocolName(protocol),
    sourcePort,
    destinationPort,
    tcp: tcp && tcpJson(tcp),
    icmp: icmp && { type: icmp.type, code: icmp.code },
  }
}

function tcpJson({ flags, sequence, acknowledgment, window }: Tcp): TcpJson {
  const names = Object.keys(tcpFlag) as (keyof typeof tcpFlag)[]
  return { flags: names.filter((name) => flags & tcpFlag[name]), sequence, acknowledgment, window }
}

const nameIn = (names: { readonly [name: string]: number }, number: number): string | number =>
  Object.keys(names).find((name) => names[name] === number) ?? number
