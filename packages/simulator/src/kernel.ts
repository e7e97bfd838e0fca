import { assertQuiet } from './assertions/quiet.ts'
import type { Clock } from './clock.ts'
import { ConntrackView } from './conntrack/view.ts'
import { type DeliverOptions, journeyOf } from './deliver/deliver.ts'
import { LocalSender } from './deliver/local-sender.ts'
import type { Fault } from './faults/fault.ts'
import { inject } from './faults/inject.ts'
import { interfaceDown, leaveBridge } from './faults/kernel-faults.ts'
import type { Outcome } from './hooks/outcome.ts'
import type { Host } from './host/host.ts'
import { type HostOptions, Network } from './host/network.ts'
import type { Interfaces } from './interfaces.ts'
import type { KernelOptions } from './kernel-options.ts'
import { Namespace } from './namespace.ts'
import type { ExplainedStep } from './nft/explained-step.ts'
import type { Explainer } from './nft/explainer.ts'
import type { RuleSource } from './nft/load.ts'
import { Opener } from './opener.ts'
import type { Profile } from './profile.ts'
import { procText } from './queue/proc.ts'
import type { Ruleset } from './rules/ruleset.ts'
import type { ProgramSocket, ProgramSocketOptions } from './sock-diag/program-socket.ts'
import { defaultBuffer } from './socket/buffer-limit.ts'
import type { NetlinkSocket } from './socket/netlink-socket.ts'
import { SimulatedTransport } from './socket/simulated-transport.ts'
import type { SocketOptions } from './socket/socket-host.ts'

/**
 * A Linux kernel's NFQUEUE, connection tracking and nf_tables, in memory: one network namespace, virtual time, no privileges.
 *
 * @example
 * import { tcp } from '@nfkit/ip-codec/build'
 * import { openQueue } from '@nfkit/nfqueue'
 * import { SimulatedKernel } from '@nfkit/simulator'
 *
 * const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
 * const queue = await openQueue(kernel.connect(), { number: 0 })
 * queue.run((packet) => packet.accept({ mark: 7 }))
 */
export class SimulatedKernel {
  readonly profile: Profile
  readonly clock: Clock
  readonly interfaces: Interfaces
  readonly rules: Ruleset
  readonly conntrack: ConntrackView
  readonly #namespace: Namespace
  readonly #network: Network
  readonly #opener: Opener
  #explainer: Explainer | undefined

  /** Throws `TypeError` for an option there is not, and `RangeError` for a profile there is not. */
  constructor(options: KernelOptions = {}) {
    const namespace = new Namespace(options)
    this.#namespace = namespace
    this.#opener = new Opener(namespace, options)
    this.profile = namespace.profile
    this.clock = namespace.clock
    this.interfaces = namespace.interfaces
    this.rules = namespace.rules
    this.conntrack = new ConntrackView(namespace.tracking)
    this.#network = new Network(this.clock, options.seed ?? 1, (bytes, way) => this.deliver(bytes, way))
  }

  /** Open a socket, as everything that talks to the kernel does. Throws `TransportError` after the fault `no socket`, and `TypeError` for an option there is not. */
  connect(options: SocketOptions = {}): SimulatedTransport {
    return this.#opener.connect(options)
  }

  /** A socket as system calls see it, unbound. Throws `TransportError` after the fault `no socket`, and for a protocol that is not simulated. */
  socket(options: SocketOptions = {}): NetlinkSocket {
    return this.#opener.socket(options)
  }

  /** The sockets that are bound, and not closed: of the code under test, and all others. */
  get sockets(): readonly NetlinkSocket[] {
    return this.#namespace.netlinkSockets
  }

  /**
   * Let a packet come, and wait for what becomes of it: for as long as it waits in a queue (see `pending`). Throws `RangeError` at once
   * for an interface that does not exist and for options that cannot be.
   *
   * @example
   * const outcome = await kernel.deliver(tcp('192.0.2.1:1000 > 198.51.100.1:443', { syn: true }), { hook: 'input' })
   * console.log(outcome.verdict, outcome.mark) // accept 7
   * await queue.close()
   */
  deliver(bytes: Uint8Array, options: DeliverOptions = {}): Promise<Outcome> {
    const isUnruled = this.rules.isEmpty && (this.#namespace.nftables?.ruleset.isAside ?? true)
    const journey = journeyOf(bytes, options, this.interfaces, isUnruled ? 0 : undefined)
    return new Promise((resolve) => {
      journey.settle = resolve
      this.#namespace.traversal.start(journey)
    })
  }

  /**
   * A program opens a socket of TCP or UDP, which NETLINK_SOCK_DIAG tells of; no packets come of it. Throws `RangeError` for what is no end of a
   * connection.
   *
   * @example
   * const server = kernel.openSocket({ local: '10.0.0.1:443', uid: 33 })
   * const accepted = kernel.openSocket({ local: '10.0.0.1:443', remote: '10.0.0.2:4000', uid: 33 })
   * accepted.close()
   */
  openSocket(options: ProgramSocketOptions): ProgramSocket {
    return this.#namespace.sockDiag.open(options)
  }

  /**
   * Commit rules of nf_tables, all or nothing: what `nft -j list ruleset` prints, a listing that `list` of `@nfkit/nftables` read from a live kernel, or
   * values. They are added to what is there. A table with an owner becomes one without: the program it belongs to is not here.
   *
   * Rejects with `TypeError` for what is no rules at all, with `RulesetJsonError` for text that is none, with `EncodeError` for a listing with parts
   * that no value is, and with `CommitError` for what this kernel refuses.
   *
   * @example
   * import { accept, ip, table } from '@nfkit/nftables'
   *
   * const fw = table('inet', 'fw')
   * const input = fw.chain('input', { hook: 'input', policy: 'drop' })
   * await kernel.load([fw, input, input.rule(ip.saddr.is('192.0.2.0/24'), accept())])
   */
  async load(rules: RuleSource): Promise<void> {
    // The language of nft takes longer to load than most tests run.
    const { load } = await import('./nft/load.ts')
    return load(() => this.connect(), rules, this.interfaces)
  }

  /**
   * The path of a packet through nf_tables in nft's words: each rule that matched, each policy that decided, in order; the last step is the one that decided
   * where nf_tables did. Rules that were deleted since are told by their numbers. Rejects with `TransportError` after the fault `no socket`.
   *
   * @example
   * import { stepLine } from '@nfkit/simulator'
   *
   * const syn = await kernel.deliver(tcp('198.51.100.9:4000 > 192.0.2.2:22', { syn: true }), { hook: 'input' })
   * for (const step of await kernel.explain(syn)) console.error(stepLine(step))
   */
  async explain({ path }: Outcome): Promise<readonly ExplainedStep[]> {
    const { Explainer } = await import('./nft/explainer.ts')
    this.#explainer ??= new Explainer(() => this.connect())
    return this.#explainer.explain(path)
  }

  /** A socket of a local program; `sendBuffer` as the kernel counts it. */
  sender(sendBuffer = defaultBuffer): LocalSender {
    const { truesize } = this.#namespace.socketHost
    return new LocalSender((bytes, options) => this.deliver(bytes, options), truesize, sendBuffer)
  }

  /**
   * A host that talks TCP through this kernel: its packets meet the rules and queues, and are lost, late or twice where its link says so.
   * Throws `RangeError` where there is one with this address.
   *
   * @example
   * kernel.rules.add({ hook: 'forward', protocol: 'tcp', queue: 0 })
   * kernel.host('198.51.100.2').listen(443, (socket) => socket.end())
   * const socket = kernel.host('192.0.2.7', { loss: 0.01 }).connect('198.51.100.2:443')
   * await kernel.run(60)
   */
  host(address: string, options: HostOptions = {}): Host {
    return this.#network.add(address, options)
  }

  /** Let hosts talk until nothing happens any more, for up to so many seconds of virtual time. */
  run(seconds: number): Promise<void> {
    return this.#network.run(seconds)
  }

  /**
   * Make something go wrong: with one socket, with the next one that is opened (a dump has one of its own), or with everything.
   * Faults are values, and come when they say. Throws `TypeError` for a fault of sockets that is not told which.
   *
   * @example
   * kernel.inject({ kind: 'queue stolen', queue: 0 })
   * const outcome = await kernel.deliver(tcp('192.0.2.1:1000 > 198.51.100.1:443', { syn: true }))
   * console.log(outcome.verdict) // drop
   */
  inject(fault: Fault, on?: SimulatedTransport | NetlinkSocket | 'next socket'): void {
    inject(this.#namespace, fault, on instanceof SimulatedTransport ? on.socket : on)
  }

  /**
   * Take an interface down: packets that wait, and came in on it or leave by it, are dropped. Throws `RangeError` for an interface that
   * does not exist.
   */
  interfaceDown(which: string | number): void {
    interfaceDown(this.#namespace, which)
  }

  /** Set an interface up. Throws `RangeError` for one that does not exist. */
  interfaceUp(which: string | number): void {
    this.interfaces.set(which, { up: true })
  }

  /**
   * Take a port off its bridge: packets that wait there can be judged, and are dropped all the same. Throws `RangeError` for a port that
   * does not exist.
   */
  leaveBridge(port: string | number): void {
    leaveBridge(this.#namespace, port)
  }

  /** The namespace goes away, and with it every queue and connection. Sockets stay open and are of no use. */
  exit(): void {
    this.#namespace.exit()
  }

  /**
   * Assert that a test left nothing behind: no open socket, no batch that was not released, no packet without a verdict, no fault that did
   * not happen. Throws `LeftoverError`, which lists them as a table.
   *
   * @example
   * import { afterEach } from 'node:test'
   *
   * afterEach(async () => {
   *   await queue.close()
   *   kernel.assertQuiet()
   * })
   */
  assertQuiet(): void {
    assertQuiet(this.#namespace, this.#opener.transports)
  }

  /** Packets that wait for a verdict. */
  get pending(): readonly PendingPacket[] {
    return Array.from(this.#namespace.pending, ([{ stays, packet }]) => ({
      ...stays[stays.length - 1]!,
      payload: packet.bytes,
    }))
  }

  /** Let time pass: timeouts, retries and the garbage collector run at their moments. Throws `RangeError` for less than 0 seconds. */
  advance(seconds: number): void {
    this.clock.advance(seconds)
  }

  /** The text of /proc/net/netfilter/nfnetlink_queue. */
  procNetlinkQueue(): string {
    return procText(this.#namespace.queues.list)
  }
}

/** A packet that waits for a verdict. */
export interface PendingPacket {
  /** Number of the queue. */
  readonly queue: number
  /** The packet's id in its queue. */
  readonly id: number
  /** The packet from the network header on. */
  readonly payload: Uint8Array
}
