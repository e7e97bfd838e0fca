import { protocolName } from '@nfkit/inet'
import type { Tcp } from '../transport/tcp.ts'
import { tcpFlag } from '../transport/tcp-flags.ts'

/** A packet in JSON: who speaks to whom; the rest is in its bytes. */
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

/** What is read of a packet of either version. */
interface Readable extends Pick<IpJson, 'version' | 'source' | 'destination' | 'sourcePort' | 'destinationPort'> {
  readonly protocol: number
  readonly tcp: Tcp | undefined
  readonly icmp: IpJson['icmp']
  readonly icmpv6: IpJson['icmp']
}

export function ipJson(ip: Readable): IpJson {
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
