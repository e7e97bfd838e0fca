import { parseAddress, parseIpv4, type TupleEnd } from '@nfkit/inet'
import { putBe16, putBe32 } from '@nfkit/inet/bytes'
import { headerSize, messageFlags, putU32, whole } from '@nfkit/netlink-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { encodeSocketRequest, type SocketQuestion, socketMessage, socketRequest } from '@nfkit/netlink-codec/sock-diag'
import { protocolNumberOf, type SocketProtocol } from '../socket.ts'
import { room } from './room.ts'

/** One socket, named by its two ends. */
export interface Ends {
  readonly protocol: SocketProtocol
  /** The end on this host. */
  readonly local: TupleEnd
  /** The other one. */
  readonly remote: TupleEnd
  /** Index of the interface its packets come in on; 0 for any. Sockets that are bound to an interface have none but its packets. */
  readonly interface: number
}

/**
 * The exact question for one socket. UDP is asked from the sender's side, whose packet the socket would receive (udp_dump_one,
 * net/ipv4/udp_diag.c). Throws `RangeError` for what is no address, or two of different families.
 */
export function lookup(ends: Ends): Uint8Array {
  const { protocol, local, remote } = ends
  return protocol === 'tcp'
    ? question(templates.lookup, ends, local, remote)
    : question(templates.lookup, ends, remote, local)
}

/** Have the kernel destroy the socket with these ends and this cookie. Here UDP's are not swapped (__udp_diag_destroy). */
export function destruction(ends: Ends, cookie: bigint): Uint8Array {
  const bytes = question(templates.destruction, ends, ends.local, ends.remote)
  putU32(bytes, at.cookie0, Number(cookie & 0xffff_ffffn))
  putU32(bytes, at.cookie1, Number(cookie >> 32n))
  return bytes
}

/** Where the fields of a question are. */
const at = Object.fromEntries(socketRequest.fields.map(({ key, at }) => [key, headerSize + at])) as {
  readonly [field in keyof SocketQuestion]-?: number
}

/** Questions about no socket, whose cookie is that of any. What differs is filled in: one is asked for each connection. */
const template = (type: number) =>
  encodeSocketRequest({ type, flags: messageFlags.request }, { family: family.unspec, protocol: 0 })
const templates = {
  lookup: template(socketMessage.byFamily.type),
  destruction: template(socketMessage.destroy.type),
}

function question(template: Uint8Array, ends: Ends, source: TupleEnd, destination: TupleEnd): Uint8Array {
  const bytes = room(template.length)
  bytes.set(template)
  const of = putAddress(bytes, at.src, source)
  if (of !== putAddress(bytes, at.dst, destination))
    throw new RangeError(`${source.address} and ${destination.address} are of two families`)
  bytes[at.family] = of
  bytes[at.protocol] = protocolNumberOf(ends.protocol)
  putBe16(bytes, at.sport, portOf(source, 'sport'))
  putBe16(bytes, at.dport, portOf(destination, 'dport'))
  putU32(bytes, at.interface, whole(ends.interface, 0xffff_ffff, 'inet_diag_req_v2.interface'))
  return bytes
}

const portOf = ({ port = 0 }: TupleEnd, field: string): number => whole(port, 0xffff, `inet_diag_req_v2.${field}`)

/** Returns the address's family. */
function putAddress(bytes: Uint8Array, p: number, { address }: TupleEnd): number {
  const ipv4 = parseIpv4(address)
  if (ipv4 !== undefined) {
    putBe32(bytes, p, ipv4)
    return family.ipv4
  }
  const ipv6 = parseAddress(address)
  if (ipv6 === undefined) throw new RangeError(`${JSON.stringify(address)} is no address`)
  bytes.set(ipv6, p)
  return family.ipv6
}
