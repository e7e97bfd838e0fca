import { errno } from '@nfkit/netlink-codec'
import { netfilter } from '@nfkit/netlink-codec/nfnetlink'
import { queueStatusFile } from '@nfkit/netlink-codec/nfqueue'
import { argument, check, TransportError } from '@nfkit/netlink-transport'
import type { KernelOptions } from './kernel-options.ts'
import type { Namespace } from './namespace.ts'
import { procText } from './queue/proc.ts'
import { NetlinkSocket } from './socket/netlink-socket.ts'
import { SimulatedTransport, type TransportHost, type TransportOptions } from './socket/simulated-transport.ts'
import type { SocketOptions } from './socket/socket-host.ts'

/** NETLINK_NETFILTER, what sockets are of where nothing is said. */
const usual = netfilter().number

const socketOptionNames: check.OptionNames<SocketOptions> = { protocol: true, privileged: true, processId: true }

/** Opens netlink sockets for programs. */
export class Opener {
  /** Those that are open, or whose batches are not all released. */
  readonly transports = new Set<SimulatedTransport>()
  readonly #namespace: Namespace
  readonly #options: KernelOptions

  constructor(namespace: Namespace, options: KernelOptions) {
    this.#namespace = namespace
    this.#options = options
  }

  /** A transport over a socket that is bound. Throws what `socket` throws. */
  connect(options: SocketOptions, slotSize?: number): SimulatedTransport {
    const socket = this.socket(options)
    socket.bind()
    socket.extendedAck = true
    return this.#transport(socket, options, { slotSize })
  }

  /** A socket, unbound. Throws `TransportError` after the fault `no socket`, and for a protocol that is not simulated, and `TypeError` for an option there is not. */
  socket(options: SocketOptions): NetlinkSocket {
    const { faults, hosts } = this.#namespace
    const { processId: usualProcess = 4242 } = this.#options
    const known = check.options('options', options, socketOptionNames)
    const { protocol = usual, privileged = true, processId = usualProcess } = known
    const host = hosts.get(argument.protocol(protocol))
    if (host === undefined) throw new TransportError('socket', errno.EPROTONOSUPPORT)
    const refusal = faults.takeRefusal()
    if (refusal) throw new TransportError('socket', refusal)
    const socket = new NetlinkSocket(host, { privileged, processId })
    faults.opened(socket)
    return socket
  }

  #transport(socket: NetlinkSocket, options: SocketOptions, shape: TransportOptions): SimulatedTransport {
    const { faults, interfaces, queues } = this.#namespace
    const { burst = 64, sharedTurns = false } = this.#options
    const host: TransportHost = {
      burst: () => faults.burst(socket, burst),
      sharedTurns,
      failure: () => faults.failure(socket, 'read error'),
      arrange: (batch) => faults.arrange(socket, batch),
      interfaceName: (index) => interfaces.list.find((one) => one.index === index)?.name,
      procNet: (file) => (options.privileged !== false && file === queueStatusFile ? procText(queues.list) : undefined),
      sibling: (slotSize, protocol = options.protocol) => this.connect({ ...options, protocol }, slotSize),
      heir: (slotSize) => this.#transport(socket, options, { slotSize, inherited: true }),
      closed: (transport) => {
        if (transport.leased === 0) this.transports.delete(transport)
      },
    }
    const transport = new SimulatedTransport(socket, host, shape)
    this.transports.add(transport)
    return transport
  }
}
