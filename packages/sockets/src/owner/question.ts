import { parseAddress, type TupleEnd } from '@nfkit/inet'
import { messageFlags } from '@nfkit/netlink-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { encodeSocketRequest, noCookie, type SocketQuestion, socketMessage } from '@nfkit/netlink-codec/sock-diag'
import { protocolNumberOf, type SocketProtocol } from '../socket.ts'

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
  const asked = protocol === 'tcp' ? sides(local, remote) : sides(remote, local)
  return encodeSocketRequest({ type: socketMessage.byFamily.type, flags: messageFlags.request }, question(ends, asked))
}

/** Have the kernel destroy the socket with these ends and this cookie. Here UDP's are not swapped (__udp_diag_destroy). */
export function destruction(ends: Ends, cookie: bigint): Uint8Array {
  const asked = sides(ends.local, ends.remote)
  const halves = { cookie0: Number(cookie & 0xffff_ffffn), cookie1: Number(cookie >> 32n) }
  return encodeSocketRequest(
    { type: socketMessage.destroy.type, flags: messageFlags.request },
    { ...question(ends, asked), ...halves },
  )
}

interface Sides {
  readonly family: number
  readonly src: Uint8Array
  readonly dst: Uint8Array
  readonly sport: number
  readonly dport: number
}

const question = ({ protocol, interface: index }: Ends, asked: Sides): SocketQuestion => ({
  ...asked,
  protocol: protocolNumberOf(protocol),
  interface: index,
  cookie0: noCookie,
  cookie1: noCookie,
})

function sides(source: TupleEnd, destination: TupleEnd): Sides {
  const [src, dst] = [bytesOf(source), bytesOf(destination)]
  if (src.length !== dst.length)
    throw new RangeError(`${source.address} and ${destination.address} are of two families`)
  return {
    family: src.length === 4 ? family.ipv4 : family.ipv6,
    src: padded(src),
    dst: padded(dst),
    sport: source.port ?? 0,
    dport: destination.port ?? 0,
  }
}

function bytesOf({ address }: TupleEnd): Uint8Array {
  const bytes = parseAddress(address)
  if (!bytes) throw new RangeError(`${JSON.stringify(address)} is no address`)
  return bytes
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(16)
  whole.set(bytes)
  return whole
}
