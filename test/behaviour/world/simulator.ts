import { ipProtocol, isIcmp, parseAddress } from '@nfkit/inet'
import { putBe16 } from '@nfkit/inet/bytes'
import { internetChecksum, parseIp } from '@nfkit/ip-codec'
import { udp } from '@nfkit/ip-codec/build'
import { type Outcome, type Profile, SimulatedKernel } from '@nfkit/simulator'
import { queueLines } from '../procfile.ts'
import { Socket } from '../socket.ts'
import { TransportWire } from '../wire.ts'
import type { Ability, Arrival, BridgeDevice, OpenOptions, Rule, SendOptions, Sent, Side, World } from '../world.ts'
import { SimulatedPrograms } from './simulated-programs.ts'
import { SimulatedSocket } from './simulated-socket.ts'

type SimulatedRule = Parameters<SimulatedKernel['rules']['add']>[0]

/** How long the simulated kernel's sockets may take: turns of the event loop. */
const turns = 50

const interfaces = {
  lo: { index: 1, addresses: ['127.0.0.1', '10.1.0.1', '10.1.0.2', '::1', 'fd00::1', 'fd00::2'] },
  left: { index: 2, peerAddress: '02:00:00:00:00:98', addresses: ['10.2.0.1', 'fd02::1'] },
  right: { index: 3, peerAddress: '02:00:00:00:00:99', addresses: ['10.3.0.1', 'fd03::1'] },
  bridge: 4,
  near: { index: 5, bridge: 'bridge', peerAddress: '02:00:00:00:00:58' },
  far: { index: 6, bridge: 'bridge' },
}
/** In front of an IPv4 or IPv6 packet that crosses the bridge. */
const linkHeader = (packet: Uint8Array): Uint8Array =>
  Uint8Array.of(2, 0, 0, 0, 0, 0x59, 2, 0, 0, 0, 0, 0x58, ...(packet[0]! >> 4 === 4 ? [0x08, 0x00] : [0x86, 0xdd]))
const local = ['10.2.0.1', 'fd02::1'].map((address) => parseAddress(address)!)
const destination = (packet: Uint8Array): Uint8Array =>
  packet[0]! >> 4 === 4 ? packet.slice(16, 20) : packet.slice(24, 40)

/** Settings that are on or off. */
const switches = {
  'net.netfilter.nf_conntrack_acct': 'acct',
  'net.netfilter.nf_conntrack_checksum': 'checksum',
  'net.netfilter.nf_conntrack_timestamp': 'timestamp',
  'net.netfilter.nf_conntrack_tcp_be_liberal': 'tcpBeLiberal',
  'net.netfilter.nf_conntrack_tcp_ignore_invalid_rst': 'tcpIgnoreInvalidRst',
  'net.netfilter.nf_conntrack_tcp_loose': 'tcpLoose',
} as const

/** Settings of what the machine itself answers. */
const ofAnswers = /^net\.ipv[46]\.(fwmark_reflect|icmp)/

/** A kernel in memory. */
export class SimulatorWorld implements World {
  readonly profile: Profile
  readonly owner = { uid: 1000, gid: 100 }
  programs: SimulatedPrograms
  #kernel: SimulatedKernel
  #arrived: Arrival[] = []
  readonly #seen = new WeakSet<object>()
  /** Versions of IP that are tracked. */
  #tracked: readonly (4 | 6)[] = []
  /** Whether iptables sees what crosses the bridge. */
  #bridgedIptables = false
  #rules: { readonly rule: Rule; readonly handles: readonly { remove(): void }[] }[] = []

  constructor(profile: Profile) {
    this.profile = profile
    this.#kernel = new SimulatedKernel({ profile, interfaces, defragmentation: true })
    this.programs = this.#programs()
  }

  without(ability: Ability): string | undefined {
    return ability === 'send buffers' ? 'packets come from nowhere: there are no senders with buffers' : undefined
  }

  open(options: OpenOptions = {}): Socket {
    const transport = this.#kernel.connect()
    if (options.receiveBuffer !== undefined) transport.resize({ receive: options.receiveBuffer })
    return new Socket(new TransportWire(transport))
  }

  async openUnprivileged(): Promise<Socket> {
    return new Socket(new TransportWire(this.#kernel.connect({ privileged: false })))
  }

  async plain(options = { privileged: true }): Promise<SimulatedSocket> {
    return new SimulatedSocket(this.#kernel.socket(options))
  }

  async rules(...rules: readonly Rule[]): Promise<void> {
    this.#kernel.rules.flush()
    this.#tracked = ([4, 6] as const).filter((version) =>
      rules.some((rule) => needsTracking(rule) && (rule.version ?? version) === version),
    )
    this.#rules = rules.map((rule) => ({ rule, handles: translated(rule).map((one) => this.#kernel.rules.add(one)) }))
  }

  async removeRule(rule: Rule): Promise<void> {
    for (const { handles } of this.#rules.filter((one) => one.rule === rule))
      for (const handle of handles) handle.remove()
  }

  async emit(packets: Uint8Array | readonly Uint8Array[], options: SendOptions = {}): Promise<Sent> {
    const list = packets instanceof Uint8Array ? [packets] : packets
    for (const packet of list) this.#deliver(packet, options, 'unverified')
    return { sent: list.length }
  }

  async udp(from: string, to: string, payloads: string | readonly string[], options: SendOptions = {}): Promise<Sent> {
    const list = typeof payloads === 'string' ? [payloads] : payloads
    for (const payload of list)
      this.#deliver(unfinished(udp(`${from} > ${to}`, { payload, ttl: 61 })), options, 'partial')
    return { sent: list.length }
  }

  #tracks(packet: Uint8Array): boolean {
    return this.#tracked.some((version) => version === packet[0]! >> 4)
  }

  #deliver(packet: Uint8Array, { segment, ...options }: SendOptions, checksum: 'partial' | 'unverified'): void {
    const way = { hook: 'output', loopback: true, queue: null, ...this.owner } as const
    const journey = this.#kernel.deliver(packet, {
      ...way,
      ...options,
      checksum,
      notrack: !this.#tracks(packet),
      segmentSize: segment,
    })
    this.#follow(journey, true)
  }

  /** What comes of fragments comes once. */
  #follow(journey: ReturnType<SimulatedKernel['deliver']>, toUs: boolean): void {
    void journey.then((outcome) => {
      if (this.#seen.has(outcome)) return
      this.#seen.add(outcome)
      for (const part of outcome.segments.length > 0 ? outcome.segments : [outcome]) {
        const { verdict, payload, mark } = part
        if (verdict === 'accept' && parseIp(payload) && (!toUs || isHeard(part)))
          this.#arrived.push(arrival(payload, mark))
      }
    })
  }

  async arrivals(expected: number): Promise<Arrival[]> {
    for (let turn = 0; turn < turns; turn++) {
      if (expected > 0 && this.#arrived.length >= expected) break
      await new Promise((resolve) => setImmediate(resolve))
    }
    return this.#arrived.splice(0)
  }

  async queues(): Promise<ReadonlyMap<number, readonly number[]>> {
    return queueLines(this.#kernel.procNetlinkQueue())
  }

  async sysctl(name: string, value: number): Promise<void> {
    const { settings } = this.#kernel.conntrack
    // There is no machine around this kernel that would answer by itself.
    if (ofAnswers.test(name)) return
    if (name === 'net.bridge.bridge-nf-call-iptables') this.#bridgedIptables = value !== 0
    else if (name === 'net.netfilter.nf_conntrack_events') settings.events = value === 0 ? 0 : value === 1 ? 1 : 2
    else if (name === 'net.netfilter.nf_conntrack_tcp_max_retrans') settings.tcpMaxRetransmissions = value
    else if (name in switches) settings[switches[name as keyof typeof switches]] = value !== 0
    else throw new Error(`the simulated kernel has no ${name}`)
  }

  async pass(seconds: number): Promise<void> {
    this.#kernel.advance(seconds)
  }

  async addHook(): Promise<void> {
    this.#kernel.rules.addChain({ hook: 'forward', priority: 7 })
  }

  async removeHook(): Promise<void> {
    this.#kernel.rules.removeChain({ hook: 'forward', priority: 7 })
  }

  async receive(packets: Uint8Array | readonly Uint8Array[]): Promise<Sent> {
    const list = packets instanceof Uint8Array ? [packets] : packets
    for (const packet of list) {
      const toUs = local.some((address) => destination(packet).every((byte, i) => byte === address[i]))
      const way = toUs ? { hook: 'input' as const } : { hook: 'forward' as const, outdev: 'right' }
      this.#follow(
        this.#kernel.deliver(packet, {
          ...way,
          indev: 'left',
          queue: null,
          checksum: 'unverified',
          notrack: !this.#tracks(packet),
        }),
        toUs,
      )
    }
    return { sent: list.length }
  }

  async cross(packets: Uint8Array | readonly Uint8Array[], options: { readonly vlan?: number } = {}): Promise<Sent> {
    const list = packets instanceof Uint8Array ? [packets] : packets
    const way = this.#bridgedIptables
      ? { indev: 'bridge', physindev: 'near', outdev: 'bridge', physoutdev: 'far' }
      : { family: 'bridge' as const, indev: 'near', outdev: 'far' }
    const vlan = options.vlan === undefined ? undefined : { tci: options.vlan, proto: 0x8100 }
    for (const packet of list) {
      const frame = {
        hook: 'forward',
        queue: null,
        checksum: 'unverified',
        notrack: !this.#tracks(packet),
        vlan,
      } as const
      this.#follow(this.#kernel.deliver(packet, { ...frame, ...way, linkHeader: linkHeader(packet) }), false)
    }
    return { sent: list.length }
  }

  async leaveBridge(): Promise<void> {
    this.#kernel.leaveBridge('near')
  }

  #programs(): SimulatedPrograms {
    return new SimulatedPrograms(this.#kernel, (device) => this.#kernel.interfaces.get(device).index)
  }

  async device(which: Side | BridgeDevice): Promise<number> {
    return this.#kernel.interfaces.get(which).index
  }

  async link(which: 'loopback' | Side, state: 'down' | 'up'): Promise<void> {
    const name = which === 'loopback' ? 'lo' : which
    if (state === 'down') this.#kernel.interfaceDown(name)
    else this.#kernel.interfaceUp(name)
  }

  /** A new kernel. */
  async reset(): Promise<void> {
    this.#kernel = new SimulatedKernel({ profile: this.profile, interfaces, defragmentation: true })
    this.programs = this.#programs()
    this.#arrived = []
    this.#rules = []
    this.#tracked = []
    this.#bridgedIptables = false
  }
}

/** What makes connection tracking work: conditions and actions that are about connections. */
const tracking: readonly Rule['action']['kind'][] = ['track', 'zone', 'helper', 'label', 'connmark', 'snat', 'dnat']

const needsTracking = ({ action, state, ifConnmark }: Rule): boolean =>
  tracking.includes(action.kind) || state !== undefined || ifConnmark !== undefined

function arrival(payload: Uint8Array, mark: number): Arrival {
  const { version, protocol, payloadStart } = parseIp(payload)!
  return {
    version,
    protocol,
    transport: payload.slice(payloadStart),
    header: payload.slice(0, version === 4 ? payloadStart : 0),
    mark,
  }
}

/** Bytes that raw sockets want to see of an ICMP message: a whole header, or type, code and checksum (icmp_filter, icmpv6_filter). */
const [leastIcmp, leastIcmpv6] = [8, 4]

/** Whether raw sockets get a packet: no fragments, of ICMP what has a header, and of ICMPv6 what is right, or was before user space rewrote it. */
function isHeard({ payload, checksum }: Pick<Outcome, 'payload' | 'checksum'>): boolean {
  const ip = parseIp(payload)
  if (ip?.isFragment) return false
  if (!ip || !isIcmp(ip.protocol)) return true
  const length = payload.length - ip.payloadStart
  if (ip.version === 4) return length >= leastIcmp
  return checksum === 'verified' ? length >= leastIcmpv6 : isRightAsLongAsItIs(payload)
}

/** Whether the checksum of ICMPv6 is right for all bytes there are, whatever the header says of their number. */
function isRightAsLongAsItIs(payload: Uint8Array): boolean {
  const whole = payload.slice()
  putBe16(whole, 4, payload.length - 40)
  return parseIp(whole)?.icmpv6?.checksumState === 'valid'
}

/** UDP as local senders leave it: hardware is to complete the sum of the addresses. */
function unfinished(packet: Uint8Array): Uint8Array {
  const { version, payloadStart, end } = parseIp(packet)!
  const addresses = packet.subarray(version === 4 ? 12 : 8, payloadStart)
  const size = end - payloadStart
  const sum = ~internetChecksum(Uint8Array.from([...addresses, 0, ipProtocol.udp, size >> 8, size & 0xff])) & 0xffff
  packet.set([sum >> 8, sum & 0xff], payloadStart + 6)
  return packet
}

/** A rule as the simulator's: one that looks for packets without a mark is two, of which the first lets those with it pass. */
function translated(rule: Rule): SimulatedRule[] {
  const { family, version, hook, table, protocol, port, state, action, ifMark, ifConnmark, unlessMark } = rule
  const match = {
    hook,
    table,
    ...(family === undefined ? {} : { family }),
    ...(version === undefined ? {} : { family: version === 4 ? ('ipv4' as const) : ('ipv6' as const) }),
    ...(ifConnmark === undefined ? {} : { connmark: ifConnmark }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(port === undefined ? {} : { destinationPort: port }),
    ...(state === undefined ? {} : { state }),
  }
  const matches =
    protocol === 'icmp'
      ? [
          { ...match, protocol: 1 },
          { ...match, protocol: 58 },
        ]
      : [match]
  const first =
    unlessMark === undefined ? [] : matches.map((one) => ({ ...one, mark: unlessMark, verdict: 'accept' as const }))
  return [
    ...first,
    ...matches.map((one) => ({ ...one, ...(ifMark === undefined ? {} : { mark: ifMark }), ...acted(action) })),
  ]
}

function acted(action: Rule['action']): Partial<SimulatedRule> {
  switch (action.kind) {
    case 'queue': {
      const { number: first, last = first, bypass = false, fanout = false } = action
      return { queue: { first, count: last - first + 1 }, bypass, fanout }
    }
    case 'accept':
    case 'drop':
      return { verdict: action.kind }
    case 'log':
      return { log: { group: action.group, prefix: action.prefix, threshold: 1 } }
    case 'reject':
      return { verdict: 'reject', rejectWith: action.with }
    case 'notrack':
      return { notrack: true }
    case 'mark':
      return { setMark: action.value }
    case 'connmark':
      return { setConnmark: action.value }
    case 'snat':
      return { snat: action.to }
    case 'dnat':
      return { dnat: action.to }
    case 'zone':
      return { zone: action.value }
    case 'helper':
      return { helper: action.name }
    case 'label':
      return { label: action.value }
    case 'track':
      // Its presence matters, not what it does: see `rules`.
      return {}
  }
}
