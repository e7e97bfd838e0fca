import { type IpPacket, ipProtocol } from '@nfkit/ip-codec'
import type { Flow } from '@nfkit/netlink-codec'
import type { Masked } from './changes.ts'

/** One direction of a connection, as a packet shows it. */
export interface PacketTuple {
  /** Layer-4 protocol number. */
  readonly protocol: number
  readonly source: PacketEnd
  readonly destination: PacketEnd
  /** Of ICMP and ICMPv6 echoes, in place of ports. */
  readonly icmp?: { readonly type: number; readonly code: number; readonly id: number } | undefined
}

export interface PacketEnd {
  readonly address: string
  readonly port?: number | undefined
}

/**
 * Where connections come from on kernels that do not send them with packets. `FlowLookup` of `@nfkit/conntrack` is one:
 * `openQueue(openMnl(), { number: 0, flows: new FlowLookup(await openConntrack(openMnl())) })`.
 */
export interface FlowSource {
  /** The connection if it is known without asking. */
  peek(tuple: PacketTuple): Flow | undefined
  /** The connection, by asking the kernel; `undefined` when it has none, as for the first packet of one. */
  get(tuple: PacketTuple): Promise<Flow | undefined>
  /** Resolves to whether there was a connection to set the mark on. */
  setMark(tuple: PacketTuple, mark: number | Required<Masked>): Promise<boolean>
}

/** What connection tracking would call a packet; `undefined` for later fragments and what cannot be looked up. */
export function tupleOf(ip: IpPacket): PacketTuple | undefined {
  const { protocol } = ip
  const source = { address: ip.source, port: ip.sourcePort }
  const destination = { address: ip.destination, port: ip.destinationPort }
  const icmp = ip.icmp ?? ip.icmpv6
  if (icmp) {
    const { type, code, identifier: id } = icmp
    return id === undefined ? undefined : { protocol, source, destination, icmp: { type, code, id } }
  }
  const needsPorts = protocol === ipProtocol.tcp || protocol === ipProtocol.udp || protocol === ipProtocol.sctp
  return needsPorts && source.port === undefined ? undefined : { protocol, source, destination }
}
