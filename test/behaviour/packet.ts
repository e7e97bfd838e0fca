import * as build from '@nfkit/ip-codec/build'

/** Packets as a host sends them, from one end to another: whole, with right lengths and checksums. An end is `'10.1.0.1:1000'`, `'[fd00::1]:1000'`, or bare. */

export interface PacketOptions {
  readonly ttl?: number
  /** Type of service, or traffic class. */
  readonly tos?: number
}

/**
 * The kernel's own answers have a time to live of 64, and are told apart by it. A raw socket would replace an id of 0.
 */
const fields = ({ ttl = 61, tos = 0 }: PacketOptions = {}): build.IpFields => ({
  ttl,
  dscp: tos >> 2,
  ecn: tos & 3,
  identification: 1,
  dontFragment: false,
})

export const udp = (
  from: string,
  to: string,
  payload: string | Uint8Array = 'hello',
  options?: PacketOptions,
): Uint8Array => build.udp(`${from} > ${to}`, { payload, ...fields(options) })

export interface TcpOptions extends PacketOptions {
  readonly seq?: number
  readonly ack?: number
  readonly payload?: string
}

/** `flags` is some of `FSRPA`. */
export const tcp = (from: string, to: string, flags: string, options: TcpOptions = {}): Uint8Array =>
  build.tcp(`${from} > ${to}`, {
    fin: flags.includes('F'),
    syn: flags.includes('S'),
    rst: flags.includes('R'),
    psh: flags.includes('P'),
    ack: flags.includes('A'),
    sequence: options.seq,
    acknowledgment: options.ack,
    window: 0x4000,
    payload: options.payload,
    ...fields(options),
  })

/** An ICMP or ICMPv6 echo. */
export const echo = (
  from: string,
  to: string,
  id: number,
  what: 'request' | 'reply',
  options?: PacketOptions,
): Uint8Array =>
  build.icmpEcho(`${from} > ${to}`, {
    id,
    sequence: 1,
    reply: what === 'reply',
    payload: new Uint8Array(8),
    ...fields(options),
  })

/** Any other protocol; `transport` is everything after the network header. */
export const raw = (protocol: number, source: string, destination: string, transport: Uint8Array): Uint8Array =>
  build.ipPacket({ source, destination }, protocol, transport, fields())
