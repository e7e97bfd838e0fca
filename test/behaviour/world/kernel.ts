import { readFileSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { formatHex, parseHex } from '@nfkit/inet'
import { openMnl } from '@nfkit/mnl-native'
import { messageFlags } from '@nfkit/netlink-codec'
import { timeoutMessage, timeoutPolicy } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { queueLines } from '../procfile.ts'
import { type Profile, profileOf } from '../profile.ts'
import { command, config, connection } from '../request.ts'
import { Socket } from '../socket.ts'
import { TransportWire, type Wire } from '../wire.ts'
import type { Ability, Arrival, BridgeDevice, OpenOptions, Rule, SendOptions, Sent, Side, World } from '../world.ts'
import { Agent } from './agent.ts'
import { AgentSocket } from './agent-socket.ts'
import { AgentWire } from './agent-wire.ts'
import { hasBridgedIptables, hasQueueStatement, joinBridge, leaveBridge, makeBridge, outerEnd } from './bridge.ts'
import { InstalledRules } from './installed-rules.ts'
import { KernelPrograms } from './kernel-programs.ts'
import { listensElsewhere } from './listeners.ts'
import { configureLoopback, configureNetwork, makeNetwork, sides } from './network.ts'
import { run } from './run.ts'

/** Protocols whose packets are collected where they arrive. */
const protocols = { 4: [1, 6, 17, 33, 47, 89, 132, 136], 6: [6, 17, 58, 132] }

const never = 40
const patience = 10_000

/** Drops what lets a process meddle with the network, for good; being root does not bring it back. */
const unprivileged = ['setpriv', '--bounding-set=-net_admin', '--inh-caps=-net_admin', '--no-new-privs']

/**
 * The kernel this process runs on. The process must be in a network namespace of its own, which is configured here and is
 * nobody else's.
 */
export class KernelWorld implements World {
  readonly profile: Profile
  readonly owner = { uid: outerId('uid'), gid: outerId('gid') }
  readonly programs: KernelPrograms
  readonly #agent: Agent
  readonly #program: string
  #poor: Agent | undefined
  #wires: Wire[] = []
  readonly #rules: InstalledRules
  readonly #sysctls = new Map<string, string>()
  #down = false
  #hasDevices = false
  #extra = false
  #hasBridge = false
  #left = false
  readonly #canQueue = hasQueueStatement()

  private constructor(program: string, agent: Agent, profile: Profile, atOnce: boolean) {
    this.#rules = new InstalledRules({ atOnce })
    this.#program = program
    this.#agent = agent
    this.programs = new KernelPrograms(async (device) => {
      for (const version of [4, 6] as const) this.#rules.settle(version)
      if (device === undefined) return undefined
      await this.#devices()
      return sides[device].inner
    })
    this.profile = profile
  }

  /** `program` is where agent.py lies; `atOnce` puts rules in as soon as they are given, and not with the first packet. */
  static async create(program: string, { atOnce = false } = {}): Promise<KernelWorld> {
    run('ip', 'link', 'set', 'lo', 'up')
    writeFileSync('/proc/sys/net/ipv6/auto_flowlabels', '0')
    configureLoopback('add')
    const agent = new Agent(program)
    await agent.ask({ do: 'listen', protocols })
    const world = new KernelWorld(program, agent, profileOf(release(), await hasGlue()), atOnce)
    await world.reset()
    return world
  }

  without(ability: Ability): string | undefined {
    if (ability === 'queue statement')
      return this.#canQueue ? undefined : 'nft cannot queue: there is no module nft_queue'
    if (ability === 'bridged iptables' && !hasBridgedIptables()) return 'there is no module br_netfilter'
    if (ability === 'silence elsewhere' && listensElsewhere())
      return 'another network namespace of this machine listens to connections'
    return undefined
  }

  open(options: OpenOptions = {}): Socket {
    const transport = openMnl({})
    if (options.receiveBuffer !== undefined) transport.resize({ receive: options.receiveBuffer })
    const wire = new TransportWire(transport)
    this.#wires.push(wire)
    return new Socket(wire)
  }

  async openUnprivileged(): Promise<Socket> {
    this.#poor ??= new Agent(this.#program, unprivileged)
    const wire = await AgentWire.open(this.#poor)
    this.#wires.push(wire)
    return new Socket(wire)
  }

  async plain({ privileged } = { privileged: true }): Promise<AgentSocket> {
    if (privileged) return AgentSocket.open(this.#agent)
    this.#poor ??= new Agent(this.#program, unprivileged)
    return AgentSocket.open(this.#poor)
  }

  async rules(...rules: readonly Rule[]): Promise<void> {
    this.#rules.set(rules)
  }

  async removeRule(rule: Rule): Promise<void> {
    this.#rules.remove(rule)
  }

  async emit(packets: Uint8Array | readonly Uint8Array[], options: SendOptions = {}): Promise<Sent> {
    const list = packets instanceof Uint8Array ? [packets] : packets
    const version = list[0]![0]! >> 4 === 4 ? 4 : 6
    this.#rules.apply(version)
    const to = version === 4 ? '10.1.0.2' : 'fd00::2'
    return sent(await this.#agent.ask({ do: 'emit', version, to, packets: list.map(formatHex), ...options }))
  }

  async udp(from: string, to: string, payloads: string | readonly string[], options: SendOptions = {}): Promise<Sent> {
    const list = (typeof payloads === 'string' ? [payloads] : payloads).map((text) =>
      formatHex(new TextEncoder().encode(text)),
    )
    const version = from.startsWith('[') ? 6 : 4
    this.#rules.apply(version)
    return sent(
      await this.#agent.ask({ do: 'udp', version, from: split(from), to: split(to), payloads: list, ...options }),
    )
  }

  async arrivals(expected: number, milliseconds = expected === 0 ? never : patience): Promise<Arrival[]> {
    const { packets = [] } = await this.#agent.ask({ do: 'arrived', expected, milliseconds })
    return packets.map(({ version, mark, ...packet }) => {
      const [protocol, transport] = behindExtensions(version, packet.protocol, parseHex(packet.transport)!)
      return { version, protocol, transport, header: parseHex(packet.header)!, mark }
    })
  }

  async queues(): Promise<ReadonlyMap<number, readonly number[]>> {
    return queueLines(readFileSync('/proc/self/net/netfilter/nfnetlink_queue', 'utf8'))
  }

  async sysctl(name: string, value: number): Promise<void> {
    const path = `/proc/sys/${name.replaceAll('.', '/')}`
    if (!this.#sysctls.has(path)) this.#sysctls.set(path, readFileSync(path, 'utf8'))
    writeFileSync(path, `${value}`)
  }

  async pass(seconds: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  }

  async addHook(): Promise<void> {
    run('nft', 'add table inet extra; add chain inet extra more { type filter hook forward priority 7; }')
    this.#extra = true
  }

  async removeHook(): Promise<void> {
    run('nft', 'delete table inet extra')
    this.#extra = false
  }

  async receive(packets: Uint8Array | readonly Uint8Array[]): Promise<Sent> {
    const list = packets instanceof Uint8Array ? [packets] : packets
    const version = list[0]![0]! >> 4 === 4 ? 4 : 6
    await this.#devices()
    this.#rules.apply(version)
    const ends = { device: sides.left.outer, to: sides.left.address.replaceAll(':', ''), from: '020000000098' }
    return sent(await this.#agent.ask({ do: 'frame', version, ...ends, packets: list.map(formatHex) }))
  }

  async cross(packets: Uint8Array | readonly Uint8Array[], options: { readonly vlan?: number } = {}): Promise<Sent> {
    const list = packets instanceof Uint8Array ? [packets] : packets
    const version = list[0]![0]! >> 4 === 4 ? 4 : 6
    await this.#bridge()
    this.#rules.apply(version)
    const ends = { device: outerEnd('near'), to: '020000000059', from: '020000000058', ...options }
    return sent(await this.#agent.ask({ do: 'frame', version, ...ends, packets: list.map(formatHex) }))
  }

  async leaveBridge(): Promise<void> {
    leaveBridge('near')
    this.#left = true
  }

  async device(which: Side | BridgeDevice): Promise<number> {
    if (which === 'left' || which === 'right') await this.#devices()
    else await this.#bridge()
    return Number.parseInt(run('ip', '-o', 'link', 'show', which), 10)
  }

  async link(which: 'loopback' | Side, state: 'down' | 'up'): Promise<void> {
    if (which !== 'loopback') await this.#devices()
    run('ip', 'link', 'set', which === 'loopback' ? 'lo' : sides[which].inner, state)
    if (state === 'down') this.#down = true
    else if (which === 'loopback') configureLoopback('replace')
    else configureNetwork()
  }

  async #bridge(): Promise<void> {
    if (this.#hasBridge) return
    this.#hasBridge = true
    makeBridge()
    await this.#agent.ask({ do: 'tap', device: outerEnd('far') })
  }

  async #devices(): Promise<void> {
    if (this.#hasDevices) return
    this.#hasDevices = true
    makeNetwork()
    await this.#agent.ask({ do: 'tap', device: sides.right.outer })
  }

  /** As it was at first: no sockets, no rules, no connections. */
  async reset(): Promise<void> {
    await this.#closeSockets()
    if (this.#down) {
      this.#down = false
      for (const which of ['loopback', ...(this.#hasDevices ? (['left', 'right'] as const) : [])] as const)
        await this.link(which, 'up')
    }
    if (this.#extra) await this.removeHook()
    if (this.#left) joinBridge('near')
    this.#left = false
    await this.rules()
    // What IPv6 says by itself, when an interface comes up, must meet no rules of the past. IPv4 says nothing.
    this.#rules.settle(6)
    await this.clear()
  }

  /** No sockets, no connections, and settings as they were at first. Rules stay: to put them in takes longer than all else. */
  async clear(): Promise<void> {
    await this.#closeSockets()
    for (const [path, value] of this.#sysctls) writeFileSync(path, value)
    this.#sysctls.clear()
    const socket = this.open()
    for (const everything of [connection('delete', {}, { family: 0 }), policies()]) await socket.ask(everything)
    await socket.close()
    this.#wires = []
    await this.#agent.ask({ do: 'reset' })
  }

  async #closeSockets(): Promise<void> {
    for (const wire of this.#wires.splice(0)) await wire.close()
    await this.#poor?.ask({ do: 'reset' })
    await this.programs.reset()
  }

  async close(): Promise<void> {
    await this.reset()
    this.programs.close()
    this.#poor?.close()
    this.#agent.close()
  }
}

/** A request that removes all timeout policies. */
const policies = (): Uint8Array =>
  encodeMessage({ type: timeoutMessage.delete.type, flags: messageFlags.request }, timeoutPolicy, {})

/** Extension headers of IPv6 that a packet taken from an interface still has: hop by hop, routing, destination. */
const extensions: readonly number[] = [0, 43, 60]

function behindExtensions(version: 4 | 6, protocol: number, bytes: Uint8Array): [number, Uint8Array] {
  if (version === 4 || !extensions.includes(protocol) || bytes.length < 8) return [protocol, bytes]
  return behindExtensions(version, bytes[0]!, bytes.subarray(8 + 8 * bytes[1]!))
}

const sent = ({ sent = 0, error }: { sent?: number; error?: string }): Sent =>
  error === undefined ? { sent } : { sent, error }

function split(endpoint: string): [string, number] {
  const at = endpoint.lastIndexOf(':')
  return [endpoint.slice(0, at).replace(/^\[|\]$/g, ''), Number(endpoint.slice(at + 1))]
}

/** Without it the kernel refuses to add connections to packets. */
async function hasGlue(): Promise<boolean> {
  const socket = new Socket(new TransportWire(openMnl({})))
  try {
    await socket.must(command(65_535, 'bind'))
    return (await socket.ask(config(65_535, { mask: 2, flags: 2 }))).error === '0'
  } finally {
    await socket.close()
  }
}

/** What our root is outside of all user namespaces; correct for one level of them. */
function outerId(kind: 'uid' | 'gid'): number {
  const [, outside = '0'] = readFileSync(`/proc/self/${kind}_map`, 'utf8').trim().split(/\s+/)
  return Number(outside)
}
