import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { openMnl } from '@nfkit/mnl-native'
import { formatHex, parseHex } from '@nfkit/netlink-codec'
import { queueLines } from '../procfile.ts'
import { type Profile, profileOf } from '../profile.ts'
import { command, config, connection } from '../request.ts'
import { Socket } from '../socket.ts'
import { TransportWire, type Wire } from '../wire.ts'
import type { Ability, Arrival, OpenOptions, Rule, SendOptions, Sent, World } from '../world.ts'
import { Agent } from './agent.ts'
import { AgentSocket } from './agent-socket.ts'
import { AgentWire } from './agent-wire.ts'
import { ruleset, ruleText } from './ruleset.ts'

const addresses = ['10.1.0.1/32', '10.1.0.2/32', 'fd00::1/128', 'fd00::2/128']

/** Protocols whose packets are collected where they arrive. */
const protocols = { 4: [1, 6, 17, 47, 89, 132], 6: [6, 17, 58, 132] }

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
  #extra = false

  private constructor(program: string, agent: Agent, profile: Profile) {
    this.#program = program
    this.#agent = agent
    this.profile = profile
  }

  /** `program` is where agent.py lies. */
  static async create(program: string): Promise<KernelWorld> {
    run('ip', 'link', 'set', 'lo', 'up')
    for (const address of addresses)
      run('ip', 'address', 'add', address, 'dev', 'lo', ...(address.includes(':') ? ['nodad'] : []))
    const agent = new Agent(program)
    await agent.ask({ do: 'listen', protocols })
    const world = new KernelWorld(program, agent, profileOf(release(), await hasGlue()))
    await world.reset()
    return world
  }

  without(_ability: Ability): undefined {}

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

  async loopback(state: 'down' | 'up'): Promise<void> {
    run('ip', 'link', 'set', 'lo', state)
    this.#down = state === 'down'
    // IPv6 addresses go with the interface.
    if (state === 'up')
      for (const address of addresses.filter((text) => text.includes(':')))
        run('ip', 'address', 'replace', address, 'dev', 'lo', 'nodad')
  }

  /** As it was at first: no sockets, no rules, no connections. */
  async reset(): Promise<void> {
    for (const wire of this.#wires.splice(0)) await wire.close()
    await this.#poor?.ask({ do: 'reset' })
    if (this.#down) await this.loopback('up')
    if (this.#extra) await this.removeHook()
    for (const [path, value] of this.#sysctls) writeFileSync(path, value)
    this.#sysctls.clear()
    this.#wanted = []
    const socket = this.open()
    await socket.ask(connection('Delete', {}, { family: 0 }))
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

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** What our root is outside of all user namespaces; correct for one level of them. */
function outerId(kind: 'uid' | 'gid'): number {
  const [, outside = '0'] = readFileSync(`/proc/self/${kind}_map`, 'utf8').trim().split(/\s+/)
  return Number(outside)
}
