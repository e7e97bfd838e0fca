import { family, hook, netfilter } from '@nfkit/netlink-codec/nfnetlink'
import { sockDiag } from '@nfkit/netlink-codec/sock-diag'
import { check } from '@nfkit/netlink-transport'
import { Clock } from './clock.ts'
import { Conntrack } from './conntrack/conntrack.ts'
import { conntrackDispatch } from './conntrack/ctnetlink/dispatch.ts'
import { applyConnection, connectionPart } from './conntrack/ctnetlink/glue.ts'
import { nobody } from './conntrack/table/events.ts'
import { natHooks } from './conntrack/track/nat-hooks.ts'
import { closeByRule } from './conntrack/track/tcp/closing.ts'
import { conntrackHooks } from './conntrack/track/tracking-hooks.ts'
import { answerJourney, attach } from './deliver/answer.ts'
import { arrive, forward } from './deliver/arrival.ts'
import { ownQueue } from './deliver/own-queue.ts'
import { SocketFaults } from './faults/socket-faults.ts'
import { Reassembly } from './fragments/reassembly.ts'
import type { Journey } from './hooks/journey.ts'
import type { Reason } from './hooks/outcome.ts'
import { HookRegistry } from './hooks/registry.ts'
import { Traversal } from './hooks/traversal.ts'
import { Waiting } from './hooks/waiting.ts'
import { Interfaces } from './interfaces.ts'
import { type KernelOptions, kernelOptionNames } from './kernel-options.ts'
import type { LogAction } from './log/action.ts'
import { logDispatch } from './log/dispatch.ts'
import { LogTable } from './log/log-table.ts'
import { type Entry, input } from './netlink/input.ts'
import { runBatch } from './nftables/batch.ts'
import { NfTables } from './nftables/nf-tables.ts'
import { type Profile, profiles } from './profile.ts'
import { queueDispatch } from './queue/dispatch.ts'
import { QueueTable } from './queue/queue-table.ts'
import { leave } from './queue/segment.ts'
import { randomFrom } from './random.ts'
import type { Rejection } from './rules/rejection.ts'
import { Ruleset } from './rules/ruleset.ts'
import { SockDiag } from './sock-diag/sock-diag.ts'
import type { NetlinkSocket } from './socket/netlink-socket.ts'
import type { SocketHost } from './socket/socket-host.ts'
import { Sockets } from './socket/sockets.ts'
import { measuredTruesize } from './socket/truesize.ts'

const newYear2026 = 1_767_225_600_000_000_000n

/** What a kernel keeps by network namespace, each part connected to those it talks to. */
export class Namespace {
  readonly profile: Profile
  readonly clock: Clock
  readonly interfaces: Interfaces
  readonly hooks: HookRegistry
  readonly rules: Ruleset
  readonly tracking: Conntrack
  readonly sockets: Sockets<NetlinkSocket>
  /** Those of processes that faults are about. */
  readonly strangers = new Set<NetlinkSocket>()
  readonly faults: SocketFaults
  readonly queues: QueueTable
  readonly logs: LogTable
  /** Of a kernel that has it. */
  readonly nftables: NfTables | undefined
  readonly traversal: Traversal
  /** Netlink messages that are known, by type. */
  readonly dispatch: Map<number, Entry>
  readonly socketHost: SocketHost
  /** The sockets of programs. */
  readonly sockDiag: SockDiag
  /** What is behind a netlink socket, by protocol. */
  readonly hosts: ReadonlyMap<number, SocketHost>
  readonly #asking: Sockets<NetlinkSocket>
  /** Packets that wait for a verdict. */
  readonly pending = new Waiting<Journey, Journey>()

  constructor(options: KernelOptions) {
    const { profile = '6.18', seed = 1 } = check.options('options', options, kernelOptionNames)
    const random = options.random ?? randomFrom(seed)
    this.profile = typeof profile === 'string' ? profiles[check.word('profile', profile, profiles)] : profile
    this.clock = new Clock(options.start ?? newYear2026, options.wallClock)
    this.interfaces = new Interfaces(options.interfaces ?? { lo: 1, eth0: 2 })
    this.sockets = new Sockets(random)
    this.faults = new SocketFaults(random)
    this.tracking = new Conntrack(this.profile, this.clock, random, this.sockets)
    const reinject = (journey: Journey, verdict: number, reason: Reason) =>
      this.traversal.reinject(journey, verdict, reason)
    this.queues = new QueueTable({
      profile: this.profile,
      unicast: (portId, message) => this.sockets.unicast(portId, message),
      connectionPart: (packet) => connectionPart(this.tracking, packet),
      reinject,
      enter: (journey) => this.#enter(journey),
      leave: (journey) => this.#leave(journey),
    })
    this.logs = new LogTable({
      clock: this.clock,
      unicast: (portId, message) => this.sockets.unicast(portId, message),
      connectionPart: (packet) => connectionPart(this.tracking, packet),
    })
    const hookRemoved = () => this.queues.drop(this.queues.list, () => true, 'hook removed')
    this.hooks = new HookRegistry(hookRemoved)
    this.tracking.nat.onUnused = hookRemoved
    this.#register(options.tracking !== false, options.defragmentation ? new Reassembly(this.clock) : undefined)
    const log = (journey: Journey, action: LogAction) => this.logs.log(journey, action)
    const answer = (to: Journey, bytes: Uint8Array, how: Rejection | number) =>
      this.#answer(to, bytes, how === 'tcp reset')
    const host = { seed, processor: () => 0, tracking: this.tracking, log, answer }
    this.rules = new Ruleset(host, this.hooks)
    const { nftables } = this.profile
    const { clock, interfaces } = this
    const multicast = (group: number, message: Uint8Array) => this.sockets.multicast(group, message, 0)
    this.nftables =
      nftables && new NfTables(nftables, { ...host, clock, interfaces, random, multicast }, this.sockets, this.hooks)
    this.traversal = new Traversal({
      hooks: (family, number) => this.hooks.at(family, number),
      enqueue: (journey, queue) => this.queues.enqueue(journey, queue),
      resume: (packet) => this.tracking.tracker.update(packet),
      leave: (journey) => leave(journey, this.profile),
      forward: (journey) => forward(journey, (error) => this.#answer(journey, error, false)),
      arrive,
    })
    this.dispatch = new Map([
      ...conntrackDispatch(this.tracking),
      ...queueDispatch({
        profile: this.profile,
        queues: this.queues,
        applyConnection: (packet, attributes) => applyConnection(this.tracking, packet, attributes),
        reinject,
      }),
      ...logDispatch(this.logs, this.profile),
      ...(this.nftables?.dispatch() ?? []),
    ])
    this.socketHost = {
      sockets: this.sockets,
      truesize: options.truesize ?? measuredTruesize,
      chargesBeforeCheck: this.profile.chargesBeforeCheck,
      input: (socket, datagram) =>
        input(socket, datagram, this.dispatch, (from, batch) => runBatch(from, batch, this.nftables)),
      faults: this.faults,
      closed: (portId) => {
        this.queues.closed(portId)
        this.logs.closed(portId)
        this.nftables?.closed(portId)
      },
    }
    const asking = new Sockets<NetlinkSocket>(random)
    this.#asking = asking
    this.sockDiag = new SockDiag(asking)
    const sockDiagHost: SocketHost = {
      ...this.socketHost,
      sockets: asking,
      input: (socket, datagram) => this.sockDiag.input(socket, datagram),
      closed: () => {},
      openGroups: true,
    }
    this.hosts = new Map([
      [netfilter().number, this.socketHost],
      [sockDiag.number, sockDiagHost],
    ])
  }

  /** Netlink sockets that are bound, of every protocol. */
  get netlinkSockets(): readonly NetlinkSocket[] {
    return [...this.sockets.list, ...this.#asking.list]
  }

  /** Everything in it goes. Sockets stay open and are of no use. */
  exit(): void {
    for (const queue of [...this.queues.list]) this.queues.destroy(queue, 'namespace exit')
    this.rules.flushRuleset()
    this.nftables?.exit()
    this.forgetConnections()
  }

  forgetConnections(): void {
    for (const connection of this.tracking.table.all) this.tracking.table.delete(connection, nobody)
  }

  /** The kernel's own functions. */
  #register(tracks: boolean, reassembly: Reassembly | undefined): void {
    for (const number of Object.values(hook)) {
      this.hooks.register('bridge', number, ownQueue)
      if (number === hook.brouting) continue
      this.hooks.register('inet', number, ownQueue)
      if (!tracks) continue
      const functions = [
        ...(reassembly?.hooks(number) ?? []),
        ...conntrackHooks(this.tracking, number),
        ...natHooks(this.tracking, number),
      ]
      for (const one of functions) this.hooks.register('inet', number, one)
    }
  }

  /** It carries the connection of what it answers (nf_ct_attach, also in icmp_glue_bits), which a reset ends. */
  #answer(to: Journey, bytes: Uint8Array, resets: boolean): void {
    // The sum of a reset is left to hardware, over IPv4 alone.
    const isPartial = resets && to.packet.layout?.family === family.ipv4
    const journey = answerJourney(to, bytes, isPartial ? 'partial' : 'unverified', this.interfaces)
    journey.packet.isOrphan = resets
    if (resets) journey.packet.least = 0
    journey.isInNameOfOther = resets && !to.route.points.includes(hook.input)
    attach(journey, to)
    const { connection } = journey.packet
    if (resets && connection) closeByRule(this.tracking, connection)
    to.answer = bytes
    // Meanwhile what it answers has the same connection.
    if (connection) connection.references++
    this.traversal.start(journey)
    if (connection) connection.references--
  }

  #enter(journey: Journey): void {
    this.pending.set(journey, journey)
    const { connection } = journey.packet
    if (!connection) return
    connection.references++
    if (!connection.confirmed) this.tracking.table.unconfirmed.set(connection, connection)
  }

  #leave(journey: Journey): void {
    this.pending.delete(journey)
    const { connection } = journey.packet
    if (!connection) return
    connection.references--
    this.tracking.table.unconfirmed.delete(connection)
  }
}
