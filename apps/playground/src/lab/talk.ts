import { parseEnd } from '@nfkit/inet'
import { parseIp } from '@nfkit/ip-codec'
import type { DeliverOptions, Host, SimulatedKernel } from '@nfkit/simulator'
import type { Network } from '../protocol/network.ts'
import type { Talk } from '../protocol/request.ts'
import { wayOf } from './way.ts'

/** Virtual time a connection may take, in seconds. */
const longest = 300
/** Bytes a server may send. */
const mostBytes = 1_000_000

/** Machines that talk TCP through the kernel, made when they are needed. */
export class Talkers {
  readonly #kernel: SimulatedKernel
  readonly #network: Network
  readonly #hosts = new Map<string, Host>()
  #talking = false

  constructor(kernel: SimulatedKernel, network: Network) {
    this.#kernel = kernel
    this.#network = network
  }

  /** A whole connection, from its first packet to its last. Resolves with how it ended. */
  async talk({ from, to, bytes }: Talk): Promise<string> {
    const end = parseEnd(to)
    if (end?.port === undefined) throw new RangeError(`${to} is no address with a port: expected 192.0.2.1:443`)
    if (!(bytes >= 0 && bytes <= mostBytes)) throw new RangeError(`${bytes} is not 0 to ${mostBytes} bytes`)
    const [client, server] = [this.#host(from), this.#host(end.address)]
    const endListening = server.listen(end.port, (socket) => {
      socket.write(new Uint8Array(bytes))
      socket.end()
    })
    this.#talking = true
    const socket = client.connect(to)
    const ended = socket.closed.then(
      () => `${from} got ${socket.received.length} bytes from ${to}`,
      (error: Error) => `${from} to ${to}: ${error.message}`,
    )
    socket.opened.catch(() => {})
    socket.end()
    try {
      await this.#kernel.run(longest)
    } finally {
      this.#talking = false
      endListening()
    }
    return Promise.race([ended, Promise.resolve().then(() => `${from} to ${to}: not over after ${longest} seconds`)])
  }

  /** Hosts know one interface: their packets pass those that the network says. */
  routed(bytes: Uint8Array, options: DeliverOptions): DeliverOptions {
    const ip = this.#talking ? parseIp(bytes) : undefined
    if (ip === undefined) return options
    return { segmentSize: options.segmentSize, ...wayOf(this.#network, ip.source, ip.destination) }
  }

  #host(address: string): Host {
    const known = this.#hosts.get(address)
    if (known !== undefined) return known
    const local = wayOf(this.#network, address, address).loopback === true
    const host = this.#kernel.host(address, { local })
    this.#hosts.set(address, host)
    return host
  }
}
