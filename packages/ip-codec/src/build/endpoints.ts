import { parseAddress, parseEnd, type TupleEnd } from '@nfkit/inet'
import type { IpPacket } from '../ip/ip.ts'
import { BuildError, whole } from './error.ts'

/** The sender and the receiver of a packet. Addresses are text. */
export interface Endpoints {
  /** Source address. */
  readonly source: string
  /** Destination address. */
  readonly destination: string
  /** Source port, where one was given. */
  readonly sourcePort?: number | undefined
  /** Destination port, where one was given. */
  readonly destinationPort?: number | undefined
}

/** The same with addresses as bytes, both of one length. */
export interface Addresses {
  readonly source: Uint8Array
  readonly destination: Uint8Array
}

const form =
  "expected 'SOURCE > DESTINATION', each '10.0.0.1:80' or '[2001:db8::1]:80' with a port up to 65535, without ports for ICMP"

/**
 * Read `10.0.0.1:40000 > 10.0.0.2:22`, `[2001:db8::1]:5000 > [2001:db8::2]:53`, or the same without ports, where an IPv6 address needs
 * no brackets. Throws `BuildError`.
 */
export function parseEndpoints(text: string): Endpoints {
  const sides = text.split('>').map((part) => part.trim())
  if (sides.length !== 2) throw new BuildError(text, form)
  const [source, destination] = [side(sides[0]!, text), side(sides[1]!, text)]
  return {
    source: source.address,
    destination: destination.address,
    sourcePort: source.port,
    destinationPort: destination.port,
  }
}

function side(part: string, text: string): TupleEnd {
  const end = parseEnd(part)
  if (end === undefined) throw new BuildError(text, `"${part}" is no address, and no address with a port; ${form}`)
  return end
}

/**
 * Who an answer to the packet goes to, and from whom: `tcp(replyTo(ip), { rst: true })`. Ports are absent where the packet has none.
 *
 * @example
 * import { parseIp } from '@nfkit/ip-codec'
 * import { replyTo, tcp } from '@nfkit/ip-codec/build'
 *
 * const ip = parseIp(tcp('10.0.0.1:40000 > 10.0.0.2:22', { syn: true }))
 * if (ip) console.log(`${parseIp(tcp(replyTo(ip), { rst: true }))}`) // 10.0.0.2:22 > 10.0.0.1:40000 tcp RST, 40 bytes
 */
export function replyTo({ source, destination, sourcePort, destinationPort }: IpPacket): Endpoints {
  return { source: destination, destination: source, sourcePort: destinationPort, destinationPort: sourcePort }
}

/** The addresses as bytes. Throws `BuildError` when they are none, or of two families. */
export function addressesOf({ source, destination }: Endpoints): Addresses {
  const bytes = { source: parseAddress(source), destination: parseAddress(destination) }
  if (bytes.source === undefined) throw new BuildError(source, 'no address')
  if (bytes.destination === undefined) throw new BuildError(destination, 'no address')
  if (bytes.source.length !== bytes.destination.length) {
    throw new BuildError(`${source} > ${destination}`, 'addresses of two families')
  }
  return { source: bytes.source, destination: bytes.destination }
}

/** Both ports. Throws `BuildError` when one is missing or too large. */
export function portsOf({ sourcePort, destinationPort }: Endpoints, given: string): [number, number] {
  if (sourcePort === undefined || destinationPort === undefined)
    throw new BuildError(given, `a port is missing; ${form}`)
  return [whole(sourcePort, 0xffff, 'the source port'), whole(destinationPort, 0xffff, 'the destination port')]
}
