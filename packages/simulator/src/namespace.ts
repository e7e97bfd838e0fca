import { Clock } from './clock.ts'
import { Conntrack } from './conntrack/conntrack.ts'
import { conntrackDispatch } from './conntrack/ctnetlink/dispatch.ts'
import { applyConnection, connectionPart } from './conntrack/ctnetlink/glue.ts'
import { nobody } from './conntrack/table/events.ts'
import { natHooks } from './conntrack/track/nat-hooks.ts'
import { conntrackHooks } from './conntrack/track/tracking-hooks.ts'
import { SocketFaults } from './faults/socket-faults.ts'
import type { Reason } from './hooks/outcome.ts'
import { type HookFunction, ownVerdict } from './hooks/priority.ts'
import { Traversal } from './hooks/traversal.ts'
import { Interfaces } from './interfaces.ts'
import type { KernelOptions } from './kernel-options.ts'
import { type Entry, input } from './netlink/input.ts'
import type { Packet } from './packet.ts'
import { type Profile, profiles } from './profile.ts'
import { queueDispatch } from './queue/dispatch.ts'
import { Queues } from './queue/queue-table.ts'
import { randomFrom } from './random.ts'
import { changeConnection } from './rules/connection-actions.ts'
import { Rules } from './rules/ruleset.ts'
import type { SocketHost } from './socket/socket-host.ts'
import { Sockets } from './socket/sockets.ts'
import { measuredTruesize } from './socket/truesize.ts'

const newYear2026 = 1_767_225_600_000_000_000n

/** What a kernel keeps by network namespace, each part connected to those it talks to. */
export class Namespace {
  readonly profile: Profile
  readonly clock: Clock
  readonly interfaces: Interfaces
  readonly rules: Rules
  readonly tracking: Conntrack
  readonly sockets: Sockets
  readonly faults: SocketFaults
  readonly queues: Queues
  readonly traversal: Traversal
  /** Netlink messages that are known, by type. */
  readonly dispatch: Map<number, Entry>
  readonly socketHost: SocketHost
  /** Packets that wait for a verdict. */
  readonly pending = new Set<Packet>()

  constructor(options: KernelOptions) {
    const { profile = '6.18', seed = 1 } = options
    const random = options.random ?? randomFrom(seed)
    this.profile = typeof profile === 'string' ? profiles[profile] : profile
    this.clock = new Clock(options.start ?? newYear2026, options.wallClock)
    this.interfaces = new Interfaces(options.interfaces ?? { lo: 1, eth0: 2 })
    this.sockets = new Sockets(random)
    this.faults = new SocketFaults(random)
    this.tracking = new Conntrack(this.profile, this.clock, random, this.sockets, () => this.rules.useLabels)
    const reinject = (packet: Packet, verdict: number, reason: Reason) =>
      this.traversal.reinject(packet, verdict, reason)
    this.queues = new Queues({
      profile: this.profile,
      unicast: (portId, message) => this.sockets.unicast(portId, message),
      connectionPart: (packet) => connectionPart(this.tracking, packet),
      reinject,
      hold: (packet) => this.#hold(packet),
      released: (packet) => this.#released(packet),
    })
    this.rules = new Rules(
      { seed, processor: () => 0, changeConnection: (packet, rule) => changeConnection(this.tracking, packet, rule) },
      (bridge, hook) => (bridge || options.tracking === false ? [ownVerdict] : [ownVerdict, ...this.#trackingAt(hook)]),
      () => this.queues.drop(this.queues.list, () => true, 'hook removed'),
    )
    this.traversal = new Traversal({
      hooks: (family, hook) => this.rules.at(family, hook),
      enqueue: (packet, queue) => this.queues.enqueue(packet, queue),
      resume: (packet) => this.tracking.tracker.update(packet),
    })
    this.dispatch = new Map([
      ...conntrackDispatch(this.tracking),
      ...queueDispatch({
        profile: this.profile,
        queues: this.queues,
        applyConnection: (packet, attributes) => applyConnection(this.tracking, packet, attributes),
        reinject,
      }),
    ])
    this.socketHost = {
      sockets: this.sockets,
      truesize: options.truesize ?? measuredTruesize,
      chargesBeforeCheck: this.profile.chargesBeforeCheck,
      input: (socket, datagram) => input(socket, datagram, this.dispatch),
      faults: this.faults,
      closed: (portId) => this.queues.closed(portId),
    }
  }

  /** Everything in it goes. Sockets stay open and are of no use. */
  exit(): void {
    for (const queue of [...this.queues.list]) this.queues.destroy(queue, 'namespace exit')
    this.rules.flushRuleset()
    this.forgetConnections()
  }

  forgetConnections(): void {
    for (const connection of this.tracking.table.connections) this.tracking.table.delete(connection, nobody)
  }

  #trackingAt(hook: number): readonly HookFunction[] {
    return [...conntrackHooks(this.tracking, hook), ...natHooks(this.tracking, hook, () => this.rules.has('nat'))]
  }

  #hold(packet: Packet): void {
    this.pending.add(packet)
    if (packet.connection) packet.connection.references++
  }

  #released(packet: Packet): void {
    this.pending.delete(packet)
    if (packet.connection) packet.connection.references--
  }
}
