import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { formatHex, parseHex } from '@nfkit/inet'
import { openMnl } from '@nfkit/mnl-native'
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
import { listensElsewhere } from './listeners.ts'
import { bridgeRuleset, bridgeTable, ruleset, ruleText } from './ruleset.ts'

/** Both ends of each pair are ours: frames are put into the outer end, and taken from it. */
const sides = {
  left: { inner: 'left', outer: 'leftouter', address: '02:00:00:00:00:10', networks: ['10.2.0.1/24', 'fd02::1/64'] },
  right: { inner: 'right', outer: 'rightouter', address: '02:00:00:00:00:20', networks: ['10.3.0.1/24', 'fd03::1/64'] },
} as const
/** Neighbours' addresses are not those of the outer ends, whose packets would be taken for us otherwise. */
const neighbours = [
  ['10.2.0.9', '02:00:00:00:00:98', 'left'],
  ['10.3.0.9', '02:00:00:00:00:99', 'right'],
  ['fd02::9', '02:00:00:00:00:98', 'left'],
  ['fd03::9', '02:00:00:00:00:99', 'right'],
] as const

const addresses = ['10.1.0.1/32', '10.1.0.2/32', 'fd00::1/128', 'fd00::2/128']

/** Protocols whose packets are collected where they arrive. */
const protocols = { 4: [1, 6, 17, 33, 47, 89, 132, 136], 6: [6, 17, 58, 132] }

const iptables = { 4: 'iptables', 6: 'ip6tables' } as const

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
  readonly #agent: Agent
  readonly #program: string
  #poor: Agent | undefined
  #wires: Wire[] = []
  #wanted: readonly Rule[] = []
  readonly #applied = new Map<4 | 6, string>()
  readonly #sysctls = new Map<string, string>()
  #down = false
  #hasDevices = false
  #extra = false
  #hasBridge = false
  #bridgeRules = false
  #left = false
  readonly #canQueue = hasQueueStatement()

  private constructor(program: string, agent: Agent, profile: Profile) {
    this.#program = program
    this.#agent = agent
    this.profile = profile
  }

  /** `program` is where agent.py lies. */
  static async create(program: string): Promise<KernelWorld> {
    run('ip', 'link', 'set', 'lo', 'up')
    configureLoopback('add')
    const agent = new Agent(program)
    await agent.ask({ do: 'listen', protocols })
    const world = new KernelWorld(program, agent, profileOf(release(), await hasGlue()))
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
    this.#wanted = rules
    this.#forgetBridgeRules()
    const bridged = rules.filter(({ family }) => family === 'bridge')
    if (bridged.length > 0) {
      run('nft', bridgeRuleset(bridged))
      this.#bridgeRules = true
    }
    // The others wait for the first packet: most scenarios send one kind only, and starting a program is what takes long.
    if (rules.some(({ action }) => action.kind === 'label' || action.kind === 'track')) this.#apply(4)
  }

  async removeRule(rule: Rule): Promise<void> {
    const before = this.#wanted
    this.#wanted = before.filter((other) => other !== rule)
    for (const version of [4, 6] as const) {
      if (this.#applied.get(version) !== ruleset(before, version)) continue
      run(iptables[version], '-t', rule.table, '-D', ...ruleText(rule, version).split(' '))
      this.#applied.set(version, ruleset(this.#wanted, version))
    }
  }

  #forgetBridgeRules(): void {
    if (this.#bridgeRules) run('nft', `delete ${bridgeTable}`)
    this.#bridgeRules = false
  }

  #apply(version: 4 | 6): void {
    const text = ruleset(this.#wanted, version)
    if (this.#applied.get(version) === text) return
    this.#applied.delete(version)
    execFileSync(`${iptables[version]}-restore`, { input: text, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#applied.set(version, text)
  }

  async emit(packets: Uint8Array | readonly Uint8Array[], options: SendOptions = {}): Promise<Sent> {
    const list = packets instanceof Uint8Array ? [packets] : packets
    const version = list[0]![0]! >> 4 === 4 ? 4 : 6
    this.#apply(version)
    const to = version === 4 ? '10.1.0.2' : 'fd00::2'
    return sent(await this.#agent.ask({ do: 'emit', version, to, packets: list.map(formatHex), ...options }))
  }

  async udp(from: string, to: string, payloads: string | readonly string[], options: SendOptions = {}): Promise<Sent> {
    const list = (typeof payloads === 'string' ? [payloads] : payloads).map((text) =>
      formatHex(new TextEncoder().encode(text)),
    )
    const version = from.startsWith('[') ? 6 : 4
    this.#apply(version)
    return sent(
      await this.#agent.ask({ do: 'udp', version, from: split(from), to: split(to), payloads: list, ...options }),
    )
  }

  async arrivals(expected: number): Promise<Arrival[]> {
    const milliseconds = expected === 0 ? never : patience
    const { packets = [] } = await this.#agent.ask({ do: 'arrived', expected, milliseconds })
    return packets.map((packet) => ({
      ...packet,
      transport: parseHex(packet.transport)!,
      header: parseHex(packet.header)!,
    }))
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
    this.#apply(version)
    const ends = { device: sides.left.outer, to: sides.left.address.replaceAll(':', ''), from: '020000000098' }
    return sent(await this.#agent.ask({ do: 'frame', version, ...ends, packets: list.map(formatHex) }))
  }

  async cross(packets: Uint8Array | readonly Uint8Array[], options: { readonly vlan?: number } = {}): Promise<Sent> {
    const list = packets instanceof Uint8Array ? [packets] : packets
    const version = list[0]![0]! >> 4 === 4 ? 4 : 6
    await this.#bridge()
    this.#apply(version)
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
    for (const { inner, outer, address } of Object.values(sides)) {
      run('ip', 'link', 'add', inner, 'address', address, 'type', 'veth', 'peer', 'name', outer)
      for (const end of [inner, outer]) run('ip', 'link', 'set', end, 'addrgenmode', 'none', 'up')
    }
    writeFileSync('/proc/sys/net/ipv4/ip_forward', '1')
    writeFileSync('/proc/sys/net/ipv6/conf/all/forwarding', '1')
    configureNetwork()
    await this.#agent.ask({ do: 'tap', device: sides.right.outer })
  }

  /** As it was at first: no sockets, no rules, no connections. */
  async reset(): Promise<void> {
    for (const wire of this.#wires.splice(0)) await wire.close()
    await this.#poor?.ask({ do: 'reset' })
    if (this.#down) {
      this.#down = false
      for (const which of ['loopback', ...(this.#hasDevices ? (['left', 'right'] as const) : [])] as const)
        await this.link(which, 'up')
    }
    if (this.#extra) await this.removeHook()
    this.#forgetBridgeRules()
    if (this.#left) joinBridge('near')
    this.#left = false
    for (const [path, value] of this.#sysctls) writeFileSync(path, value)
    this.#sysctls.clear()
    this.#wanted = []
    // What IPv6 says by itself, when an interface comes up, must meet no rules of the past. IPv4 says nothing.
    if (this.#applied.has(6)) this.#apply(6)
    const socket = this.open()
    await socket.ask(connection('delete', {}, { family: 0 }))
    await socket.close()
    this.#wires = []
    await this.#agent.ask({ do: 'reset' })
  }

  async close(): Promise<void> {
    await this.reset()
    this.#poor?.close()
    this.#agent.close()
  }
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

function configureLoopback(how: 'add' | 'replace'): void {
  for (const address of addresses)
    run('ip', 'address', how, address, 'dev', 'lo', ...(address.includes(':') ? ['nodad'] : []))
}

/** IPv6 addresses, routes and neighbours go with an interface that goes down. */
function configureNetwork(): void {
  for (const { inner, networks } of Object.values(sides))
    for (const network of networks)
      run('ip', 'address', 'replace', network, 'dev', inner, ...(network.includes(':') ? ['nodad'] : []))
  for (const [address, hardware, side] of neighbours)
    run('ip', 'neighbour', 'replace', address, 'lladdr', hardware, 'dev', sides[side].inner)
}

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** What our root is outside of all user namespaces; correct for one level of them. */
function outerId(kind: 'uid' | 'gid'): number {
  const [, outside = '0'] = readFileSync(`/proc/self/${kind}_map`, 'utf8').trim().split(/\s+/)
  return Number(outside)
}
