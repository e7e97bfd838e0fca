import { ipProtocol, parseAddress, parseEnd } from '@nfkit/inet'
import { putBe16, putBe32 } from '@nfkit/inet/bytes'

/** Packets as a host sends them: whole, with right lengths and checksums. */

/** Time to live of every packet here: the kernel's own answers have 64, and are told apart by it. */
const ttl = 61

export interface PacketOptions {
  readonly ttl?: number
  /** Type of service, or traffic class. */
  readonly tos?: number
}

/** `'10.1.0.1:1000'`, `'[fd00::1]:1000'`, or without a port. */
function endpoint(text: string): { address: Uint8Array; port: number } {
  const end = parseEnd(text)
  if (end === undefined) throw new Error(`${text} is no address`)
  return { address: parseAddress(end.address)!, port: end.port ?? 0 }
}

export function udp(
  from: string,
  to: string,
  payload: string | Uint8Array = 'hello',
  options?: PacketOptions,
): Uint8Array {
  const data = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload
  const bytes = new Uint8Array(8 + data.length)
  putBe16(bytes, 4, bytes.length)
  bytes.set(data, 8)
  return ip(ipProtocol.udp, from, to, bytes, 6, options)
}

export interface TcpOptions extends PacketOptions {
  readonly seq?: number
  readonly ack?: number
  readonly payload?: string
}

const tcpBits = { F: 1, S: 2, R: 4, P: 8, A: 16 } as const

/** `flags` is some of `FSRPA`. */
export function tcp(from: string, to: string, flags: string, options: TcpOptions = {}): Uint8Array {
  const data = new TextEncoder().encode(options.payload ?? '')
  const bytes = new Uint8Array(20 + data.length)
  putBe32(bytes, 4, options.seq ?? 0)
  putBe32(bytes, 8, options.ack ?? 0)
  bytes[12] = 5 << 4
  bytes[13] = [...flags].reduce((sum, flag) => sum | tcpBits[flag as keyof typeof tcpBits], 0)
  putBe16(bytes, 14, 0x4000)
  bytes.set(data, 20)
  return ip(ipProtocol.tcp, from, to, bytes, 16, options)
}

/** An ICMP or ICMPv6 echo. */
export function echo(
  from: string,
  to: string,
  id: number,
  what: 'request' | 'reply',
  options?: PacketOptions,
): Uint8Array {
  const six = from.includes(':')
  const bytes = new Uint8Array(16)
  bytes[0] = six ? (what === 'request' ? 128 : 129) : what === 'request' ? 8 : 0
  putBe16(bytes, 4, id)
  putBe16(bytes, 6, 1)
  return ip(six ? ipProtocol.icmpv6 : ipProtocol.icmp, from, to, bytes, 2, options)
}

/** Any other protocol; `transport` is everything after the network header. */
export const raw = (number: number, from: string, to: string, transport: Uint8Array): Uint8Array =>
  ip(number, from, to, transport, undefined)

function ip(
  number: number,
  from: string,
  to: string,
  transport: Uint8Array,
  checksumAt: number | undefined,
  options: PacketOptions = {},
): Uint8Array {
  const [source, destination] = [endpoint(from), endpoint(to)]
  if (number === ipProtocol.udp || number === ipProtocol.tcp) {
    putBe16(transport, 0, source.port)
    putBe16(transport, 2, destination.port)
  }
  if (checksumAt !== undefined) {
    const pseudo =
      number === ipProtocol.icmp
        ? []
        : [...source.address, ...destination.address, 0, number, transport.length >> 8, transport.length & 255]
    putBe16(transport, checksumAt, checksum([...pseudo, ...transport]) || 0xffff)
  }
  const header = source.address.length === 4 ? header4 : header6
  return Uint8Array.from([
    ...header(number, source.address, destination.address, transport.length, options),
    ...transport,
  ])
}

function header4(
  number: number,
  source: Uint8Array,
  destination: Uint8Array,
  length: number,
  options: PacketOptions,
): Uint8Array {
  const bytes = new Uint8Array(20)
  bytes[0] = 0x45
  bytes[1] = options.tos ?? 0
  putBe16(bytes, 2, 20 + length)
  putBe16(bytes, 4, 1) // an id of 0 would be replaced by a raw socket
  bytes[8] = options.ttl ?? ttl
  bytes[9] = number
  bytes.set(source, 12)
  bytes.set(destination, 16)
  putBe16(bytes, 10, checksum(bytes))
  return bytes
}

function header6(
  number: number,
  source: Uint8Array,
  destination: Uint8Array,
  length: number,
  options: PacketOptions,
): Uint8Array {
  const bytes = new Uint8Array(40)
  putBe32(bytes, 0, (6 << 28) | ((options.tos ?? 0) << 20))
  putBe16(bytes, 4, length)
  bytes[6] = number
  bytes[7] = options.ttl ?? ttl
  bytes.set(source, 8)
  bytes.set(destination, 24)
  return bytes
}

/** The internet checksum (RFC 1071). */
export function checksum(bytes: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
