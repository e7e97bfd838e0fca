import { family, subsystem, verdict as verdicts } from '@nfkit/netlink-codec'
import { Clock } from './clock.ts'
import { Conntrack } from './conntrack/conntrack.ts'
import { conntrackDispatch } from './conntrack/dispatch.ts'
import { nobody } from './conntrack/events.ts'
import { applyConnection, connectionPart } from './conntrack/glue.ts'
import { conntrackHooks } from './conntrack/hooks.ts'
import { natHooks } from './conntrack/nat-hooks.ts'
import { changeConnection } from './conntrack/rule-actions.ts'
import { ConntrackView } from './conntrack/view.ts'
import { type DeliverOptions, packetFrom } from './deliver.ts'
import { type Fault, Faults } from './faults.ts'
import { type HookFunction, hookPriority } from './hooks/hook.ts'
import { Rules } from './hooks/rules.ts'
import { Traversal } from './hooks/traversal.ts'
import { Interfaces } from './interfaces.ts'
import type { KernelOptions } from './kernel-options.ts'
import { LocalSender } from './local-sender.ts'
import { type Entry, input } from './netlink/input.ts'
import type { Outcome } from './outcome.ts'
import type { Packet } from './packet.ts'
import { type Profile, profiles } from './profile.ts'
import { queueDispatch } from './queue/dispatch.ts'
import { procText } from './queue/proc.ts'
import type { Queue } from './queue/queue.ts'
import { Queues } from './queue/queues.ts'
import { randomFrom } from './random.ts'
import { defaultBuffer, NetlinkSocket } from './socket/netlink-socket.ts'
import { SimulatedTransport } from './socket/simulated-transport.ts'
import type { SocketHost, SocketOptions } from './socket/socket-host.ts'
import { Sockets } from './socket/sockets.ts'
import { measuredTruesize } from './socket/truesize.ts'

/** Some other process. */
const thiefProcess = 666
const bridgeFamily = family.bridge

const newYear2026 = 1_767_225_600_000_000_000n

/** A Linux kernel's NFQUEUE and connection tracking, in memory: one network namespace, virtual time, no privileges. */
export class SimulatedKernel {
  readonly profile: Profile
  readonly clock: Clock
  readonly interfaces: Interfaces
  readonly rules: Rules
  readonly conntrack: ConntrackView
  readonly #tracking: Conntrack
  readonly #sockets: Sockets
  readonly #faults: Faults
  readonly #queues: Queues
  readonly #traversal: Traversal
  readonly #host: SocketHost
  readonly #dispatch: Map<number, Entry>
  readonly #options: KernelOptions
  readonly #pending = new Set<Packet>()

  constructor(options: KernelOptions = {}) {
    const { profile = '6.18', seed = 1 } = options
    this.#options = options
    this.profile = typeof profile === 'string' ? profiles[profile] : profile
    this.clock = new Clock(options.start ?? newYear2026, options.wallClock)
    this.interfaces = new Interfaces(options.interfaces ?? { lo: 1, eth0: 2 })
    const random = options.random ?? randomFrom(seed)
    this.#sockets = new Sockets(random)
    this.#faults = new Faults(random)
    this.#tracking = new Conntrack(this.profile, this.clock, random, this.#sockets)
    this.conntrack = new ConntrackView(this.#tracking)
    this.#queues = new Queues({
      profile: this.profile,
      unicast: (portId, message) => this.#sockets.unicast(portId, message),
      connectionPart: (packet) => connectionPart(this.#tracking, packet),
      reinject: (packet, verdict, reason) => this.#traversal.reinject(packet, verdict, reason),
      hold: (packet) => {
        this.#pending.add(packet)
        if (packet.connection) packet.connection.references++
      },
      released: (packet) => {
        this.#pending.delete(packet)
        if (packet.connection) packet.connection.references--
      },
    })
    this.rules = new Rules(
      { seed, processor: () => 0, changeConnection: (packet, rule) => changeConnection(this.#tracking, packet, rule) },
      (bridge, number) => {
        if (bridge || options.tracking === false) return [ownVerdict]
        const nat = natHooks(this.#tracking, number, () => this.rules.has('nat'))
        return [ownVerdict, ...conntrackHooks(this.#tracking, number), ...nat]
      },
      () => this.#queues.drop(this.#queues.list, () => true, 'hook removed'),
    )
    this.#traversal = new Traversal({
      hooks: (of, number) => this.rules.at(of, number),
      enqueue: (packet, queue) => this.#queues.enqueue(packet, queue),
      resume: (packet) => this.#tracking.tracker.update(packet),
    })
    this.#dispatch = new Map([
      ...conntrackDispatch(this.#tracking),
      ...queueDispatch({
        profile: this.profile,
        queues: this.#queues,
        applyConnection: (packet, attributes) => applyConnection(this.#tracking, packet, attributes),
        reinject: (packet, verdict, reason) => this.#traversal.reinject(packet, verdict, reason),
      }),
    ])
    this.#host = {
      sockets: this.#sockets,
      truesize: options.truesize ?? measuredTruesize,
      chargesBeforeCheck: this.profile.chargesBeforeCheck,
      input: (socket, datagram) => input(socket, datagram, this.#dispatch),
      faults: this.#faults,
      closed: (portId) => this.#queues.closed(portId),
    }
  }

  /** Open a socket, as everything that talks to the kernel does. */
  connect(options: SocketOptions = {}): SimulatedTransport {
    const socket = this.socket(options)
    socket.bind()
    socket.extendedAck = true
    const usual = this.#options.burst ?? 64
    return new SimulatedTransport(socket, {
      burst: () => this.#faults.burst(socket, usual),
      failure: () => this.#faults.failure(socket),
      arrange: (burst) => this.#faults.arrange(socket, burst),
      interfaceName: (index) => this.interfaces.list.find((one) => one.index === index)?.name,
      sibling: () => this.connect(options),
    })
  }

  /** A socket as system calls see it, unbound. */
  socket({ privileged = true, processId = this.#options.processId ?? 4242 }: SocketOptions = {}): NetlinkSocket {
    return new NetlinkSocket(this.#host, { privileged, processId })
  }

  /** Let a packet come, and wait for what becomes of it: for as long as it waits in a queue (see `pending`). */
  deliver(bytes: Uint8Array, options: DeliverOptions = {}): Promise<Outcome> {
    const packet = packetFrom(bytes, options, this.interfaces, this.rules.isEmpty ? 0 : undefined)
    return new Promise((resolve) => {
      packet.settle = resolve
      this.#traversal.start(packet)
    })
  }

  /** A socket of a local program; `sendBuffer` as the kernel counts it. */
  sender(sendBuffer = defaultBuffer): LocalSender {
    return new LocalSender((bytes, options) => this.deliver(bytes, options), this.#host.truesize, sendBuffer)
  }

  /** Make something go wrong: with one socket, or with everything. Faults are values, and come when they say. */
  inject(fault: Fault, transport?: SimulatedTransport | NetlinkSocket): void {
    switch (fault.kind) {
      case 'queue stolen':
        this.#stealQueue(fault.queue)
        return
      case 'interface down':
        this.interfaceDown(fault.interface)
        return
      case 'module gone':
        this.#unloadQueue()
        return
      case 'next id':
        this.#queueAt(fault.queue).lastId = (fault.id - 1) >>> 0
        return
    }
    if (!transport) throw new TypeError(`the fault "${fault.kind}" needs to know which transport it is for`)
    const socket = transport instanceof SimulatedTransport ? transport.socket : transport
    if (fault.kind === 'foreign sender') this.#intrude(socket, fault.datagram)
    else this.#faults.add(socket, fault)
  }

  /** Take an interface down: what waits and came from it, or is to leave by it, is dropped. */
  interfaceDown(which: string | number): void {
    const { index } = this.interfaces.set(which, { up: false })
    const uses = ({ origin }: Packet) =>
      [origin.indev, origin.outdev, origin.physindev, origin.physoutdev].some((device) => device?.index === index)
    this.#queues.drop(this.#queues.list, uses, 'interface down')
  }

  interfaceUp(which: string | number): void {
    this.interfaces.set(which, { up: true })
  }

  /** Take a port off its bridge: what waits there can be judged, and is dropped all the same. */
  leaveBridge(port: string | number): void {
    const { index } = this.interfaces.set(port, { bridge: undefined })
    for (const packet of this.#pending) {
      const { indev, outdev, physindev, physoutdev } = packet.origin
      const ports = packet.family === bridgeFamily ? [indev, outdev] : [physindev, physoutdev]
      packet.leftBridge ||= ports.some((device) => device?.index === index)
    }
  }

  /** The namespace goes away, and with it every queue and connection. Sockets stay open and are of no use. */
  exit(): void {
    for (const queue of [...this.#queues.list]) this.#queues.destroy(queue, 'namespace exit')
    this.rules.flushRuleset()
    for (const connection of this.#tracking.table.connections) this.#tracking.table.delete(connection, nobody)
  }

  #queueAt(number: number): Queue {
    const queue = this.#queues.at(number)
    if (!queue) throw new RangeError(`there is no queue ${number}: nobody bound it`)
    return queue
  }

  #stealQueue(number: number): void {
    this.#queues.destroy(this.#queueAt(number), 'unbound')
    const thief = this.socket({ processId: thiefProcess })
    thief.bind()
    this.#queues.create(number, thief.portId)
  }

  #unloadQueue(): void {
    for (const queue of [...this.#queues.list]) this.#queues.destroy(queue, 'unbound')
    for (const type of this.#dispatch.keys()) if (type >> 8 === subsystem.queue) this.#dispatch.delete(type)
  }

  #intrude(socket: NetlinkSocket, datagram: Uint8Array): void {
    const stranger = this.socket({ processId: thiefProcess })
    stranger.bind()
    stranger.send(datagram, socket.portId)
    stranger.close()
  }

  /** Packets that wait for a verdict. */
  get pending(): readonly PendingPacket[] {
    return Array.from(this.#pending, (packet) => ({ ...packet.stays[packet.stays.length - 1]!, payload: packet.bytes }))
  }

  /** Let time pass: timeouts, retries and the garbage collector run at their moments. */
  advance(seconds: number): void {
    this.clock.advance(seconds)
  }

  /** The text of /proc/net/netfilter/nfnetlink_queue. */
  procNetlinkQueue(): string {
    return procText(this.#queues.list)
  }
}

/** A packet that waits for a verdict. */
export interface PendingPacket {
  readonly queue: number
  readonly id: number
  readonly payload: Uint8Array
}

/** Where `deliver` itself hands a packet to a queue. */
const ownVerdict: HookFunction = {
  name: 'deliver',
  priority: hookPriority.filter,
  run: (packet) =>
    packet.ownVerdict !== 0 && packet.point === packet.route.named ? packet.ownVerdict : verdicts.accept,
}
