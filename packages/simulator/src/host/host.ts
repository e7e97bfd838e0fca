import { formatEnd, parseEnd } from '@nfkit/inet'
import { type IpPacket, parseIp, type Tcp } from '@nfkit/ip-codec'
import { replyTo, tcp } from '@nfkit/ip-codec/build'
import type { Link } from './link.ts'
import { type SocketOwner, TcpSocket } from './tcp-socket.ts'
import type { SocketTerms } from './wording.ts'

/** What a host needs of the network it is in. */
export interface HostNetwork {
  readonly uptime: number
  after(milliseconds: number, run: () => void): () => void
  /** A number for the first byte of a connection, or a port. */
  random(): number
  /** A packet leaves its link; `size` is that of the data of its segments. */
  forward(host: Host, bytes: Uint8Array, size: number): void
}

/** The first of the ports that connections get by themselves (ip_local_port_range). */
const firstPort = 32_768

/** A host beside the simulated kernel, or one that runs on it: it talks TCP through the kernel's rules and queues. */
export class Host {
  readonly address: string
  /** Whether it runs on the kernel itself: its packets leave by `output` and come in by `input`. */
  readonly isLocal: boolean
  readonly #network: HostNetwork
  readonly #link: Link
  readonly #terms: SocketTerms
  readonly #sockets = new Map<string, TcpSocket>()
  readonly #listeners = new Map<number, (socket: TcpSocket) => void>()
  #ports = 0

  /** Hosts are made by `kernel.host`. */
  constructor(address: string, isLocal: boolean, network: HostNetwork, link: Link, terms: SocketTerms) {
    this.address = address
    this.isLocal = isLocal
    this.#network = network
    this.#link = link
    this.#terms = terms
  }

  /** Take connections to a port: `accept` is called with each, before its first byte comes. Returns what ends it. */
  listen(port: number, accept: (socket: TcpSocket) => void): () => void {
    this.#listeners.set(port, accept)
    return () => this.#listeners.delete(port)
  }

  /**
   * Open a connection: `client.connect('198.51.100.2:443')`. The socket may be written to before it is open. Throws `RangeError` for what
   * is no address with a port.
   */
  connect(to: string): TcpSocket {
    const end = parseEnd(to)
    if (end?.port === undefined) throw new RangeError(`${to} is no address with a port: expected 198.51.100.2:443`)
    const port = firstPort + this.#ports++
    const socket = this.#socket(
      `${formatEnd({ address: this.address, port })} > ${to}`,
      `${port} ${end.address} ${end.port}`,
    )
    socket.connect()
    return socket
  }

  /** @internal A packet comes from the kernel. */
  arrive(bytes: Uint8Array): void {
    // Bytes of its own: the kernel's may be used again.
    this.#link.carry(bytes.slice(), (carried) => {
      const ip = parseIp(carried)
      if (ip?.tcp !== undefined && ip.tcp.checksumState !== 'invalid') this.#take(ip, ip.tcp)
    })
  }

  #take(ip: IpPacket, segment: Tcp): void {
    const key = `${segment.destinationPort} ${ip.source} ${segment.sourcePort}`
    const socket = this.#sockets.get(key) ?? this.#accept(ip, segment, key)
    if (socket !== undefined) socket.take(segment)
    else if (!segment.rst) this.#refuse(ip, segment)
  }

  /** A new connection to who listens. */
  #accept(ip: IpPacket, segment: Tcp, key: string): TcpSocket | undefined {
    const { destinationPort: port, sourcePort, syn, ack, rst, fin } = segment
    const accept = this.#listeners.get(port)
    if (accept === undefined || !syn || ack || rst || fin) return undefined
    const own = formatEnd({ address: ip.destination, port })
    const socket = this.#socket(`${own} > ${formatEnd({ address: ip.source, port: sourcePort })}`, key)
    accept(socket)
    return socket
  }

  /** As a host answers a segment of no connection (RFC 9293, 3.10.7.1). */
  #refuse(ip: IpPacket, segment: Tcp): void {
    const { sequence, acknowledgment, payload, syn, fin, ack } = segment
    const length = payload.length + (syn ? 1 : 0) + (fin ? 1 : 0)
    const answer = ack ? { sequence: acknowledgment } : { ack: true, acknowledgment: (sequence + length) >>> 0 }
    this.#send(tcp(replyTo(ip), { rst: true, ...answer }))
  }

  #socket(ends: string, key: string): TcpSocket {
    const network = this.#network
    const owner: SocketOwner = {
      get uptime() {
        return network.uptime
      },
      after: (milliseconds, run) => network.after(milliseconds, run),
      send: (bytes) => this.#send(bytes),
      gone: () => this.#sockets.delete(key),
    }
    const socket = new TcpSocket(ends, network.random(), owner, this.#terms)
    this.#sockets.set(key, socket)
    return socket
  }

  #send(bytes: Uint8Array): void {
    this.#link.carry(bytes, (carried) => this.#network.forward(this, carried, this.#terms.mss))
  }
}
