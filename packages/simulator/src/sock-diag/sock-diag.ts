import { ipProtocol } from '@nfkit/inet'
import { be16 } from '@nfkit/inet/bytes'
import { align, errno, headerSize, Message, messageFlags, u16, u32 } from '@nfkit/netlink-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { noCookie, socketFilter, socketGroup, socketMessage, socketRequest } from '@nfkit/netlink-codec/sock-diag'
import { answer } from '../netlink/answer.ts'
import { parse } from '../netlink/attributes.ts'
import { policyOf } from '../netlink/policy.ts'
import type { Endpoint } from '../socket/endpoint.ts'
import type { Sockets } from '../socket/sockets.ts'
import { audit } from './audit.ts'
import { accepts } from './bytecode.ts'
import { described } from './describe.ts'
import { type Ends, tcpSocket, udpSocket } from './lookup.ts'
import { ProgramSocket, type ProgramSocketOptions } from './program-socket.ts'

const filterPolicy = policyOf(socketFilter)
const { tcp, udp, udplite } = ipProtocol
const known: readonly number[] = [tcp, udp, udplite]

/** Sockets of programs, and who asks for them: NETLINK_SOCK_DIAG (net/core/sock_diag.c, net/ipv4/inet_diag.c). */
export class SockDiag {
  /** Where events go. */
  readonly #listeners: Sockets
  #sockets: ProgramSocket[] = []
  #made = 0

  constructor(listeners: Sockets) {
    this.#listeners = listeners
  }

  open(options: ProgramSocketOptions): ProgramSocket {
    const socket = new ProgramSocket(options, ++this.#made, (gone) => this.#close(gone))
    this.#sockets.push(socket)
    return socket
  }

  /** Act on one datagram, message by message. */
  input(asking: Endpoint, bytes: Uint8Array): void {
    for (let p = 0; p + headerSize <= bytes.length; ) {
      const length = u32(bytes, p)
      if (length < headerSize || length > bytes.length - p) return
      const flags = u16(bytes, p + 6)
      const failed = flags & messageFlags.request ? this.#act(asking, new Message(bytes, p, p + length)) : 0
      if (failed !== undefined && (failed !== 0 || flags & messageFlags.ack)) answer(asking, bytes, p, failed)
      p += align(length)
    }
  }

  /** An errno, or `undefined` where a dump began. */
  #act(asking: Endpoint, message: Message): number | undefined {
    const { bytes, start, end, type, flags } = message
    if (type !== socketMessage.byFamily.type && type !== socketMessage.destroy.type) return errno.EINVAL
    const at = start + headerSize
    if (end - at < socketRequest.size) return errno.EINVAL
    const protocol = bytes[at + 1]!
    if (!known.includes(protocol)) return errno.ENOENT
    const of = bytes[at]!
    if (of !== family.ipv4 && of !== family.ipv6) return errno.ENOENT
    const isDump = (flags & messageFlags.dump) === messageFlags.dump
    if (type === socketMessage.byFamily.type && isDump) return this.#dump(asking, message)
    return type === socketMessage.destroy.type ? this.#destroy(asking, message) : this.#tell(asking, message)
  }

  #tell(asking: Endpoint, message: Message): number {
    const socket = this.#find(message, message.bytes[message.start + headerSize + 1] === tcp)
    if (typeof socket === 'number') return socket
    const { portId, privileged } = asking
    asking.deliver(described(socket, { sequence: message.sequence, portId, privileged }), 0)
    return 0
  }

  #destroy(asking: Endpoint, message: Message): number {
    if (!asking.privileged) return errno.EPERM
    const socket = this.#find(message, true)
    if (typeof socket === 'number') return socket
    if (socket.protocol === tcp) this.#forget(socket)
    else socket.disconnect()
    return 0
  }

  /** `direct`: the source of the question is the socket's own end; else its destination is, as UDP has it. */
  #find({ bytes, start }: Message, direct: boolean): ProgramSocket | number {
    const at = start + headerSize
    const of = bytes[at]!
    const protocol = bytes[at + 1]!
    const size = of === family.ipv4 ? 4 : 16
    const source = { address: bytes.slice(at + 12, at + 12 + size), port: be16(bytes, at + 8) }
    const destination = { address: bytes.slice(at + 28, at + 28 + size), port: be16(bytes, at + 10) }
    const ends: Ends = {
      family: of,
      local: direct ? source : destination,
      remote: direct ? destination : source,
      interface: u32(bytes, at + 44),
    }
    const candidates = this.#sockets.filter((socket) => socket.protocol === protocol)
    const socket = protocol === tcp ? tcpSocket(candidates, ends) : udpSocket(candidates, ends)
    if (!socket) return errno.ENOENT
    const [low, high] = [u32(bytes, at + 48), u32(bytes, at + 52)]
    if (low === noCookie && high === noCookie) return socket
    if (socket.cookie === (BigInt(high) << 32n) + BigInt(low)) return socket
    return protocol === tcp ? errno.ENOENT : errno.ESTALE
  }

  #dump(asking: Endpoint, message: Message): number | undefined {
    const { bytes, start, end, sequence } = message
    const at = start + headerSize
    const attributes = parse(bytes, at + socketRequest.size, end, filterPolicy)
    if (typeof attributes === 'number') return attributes
    const program = attributes.payload(socketFilter.rows.bytecode) ?? new Uint8Array(0)
    const refused = audit(program, asking.privileged)
    if (refused !== 0) return refused
    const [of, protocol, states] = [bytes[at]!, bytes[at + 1]!, u32(bytes, at + 4)]
    const [sport, dport] = [be16(bytes, at + 8), be16(bytes, at + 10)]
    const wanted = this.#sockets.filter(
      (socket) =>
        socket.protocol === protocol &&
        of === socket.family &&
        (states >>> socket.state) & 1 &&
        (sport === 0 || sport === socket.local.port) &&
        (dport === 0 || dport === socket.far.port),
    )
    const { portId, privileged } = asking
    const telling = { sequence, portId, privileged, multi: true }
    const messages = wanted.filter((socket) => accepts(program, socket)).map((socket) => described(socket, telling))
    const failed = asking.startDump(messages.values(), sequence, 0)
    return failed === 0 ? undefined : failed
  }

  #forget(socket: ProgramSocket): void {
    this.#sockets = this.#sockets.filter((other) => other !== socket)
  }

  #close(socket: ProgramSocket): void {
    this.#forget(socket)
    if (!socket.isFull) return
    const isTcp = socket.protocol === tcp
    const isV4 = socket.family === family.ipv4
    const group = isTcp
      ? isV4
        ? socketGroup.inetTcpDestroy
        : socketGroup.inet6TcpDestroy
      : isV4
        ? socketGroup.inetUdpDestroy
        : socketGroup.inet6UdpDestroy
    this.#listeners.multicast(group, described(socket, { sequence: 0, portId: 0, privileged: true, gone: true }), 0)
  }
}
