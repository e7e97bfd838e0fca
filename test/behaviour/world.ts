import type { PlainSocket } from './plain-socket.ts'
import type { Profile } from './profile.ts'
import type { Programs } from './programs.ts'
import type { Socket } from './socket.ts'

/**
 * A kernel and a machine around it, as far as the scenarios need them: the loopback interface, with the addresses 10.1.0.1 and
 * 10.1.0.2, fd00::1 and fd00::2, and packets that go from one to the other through OUTPUT, POSTROUTING, PREROUTING and INPUT.
 */
export interface World {
  readonly profile: Profile
  /** Why this world cannot show something; `undefined` when it can. */
  without(ability: Ability): string | undefined
  /** User and group of local senders, as the first user namespace numbers them. */
  readonly owner: { readonly uid: number; readonly gid: number }
  readonly programs: Programs
  /** Another socket. It is closed after the scenario. */
  open(options?: OpenOptions): Socket
  /** A socket whose owner lacks CAP_NET_ADMIN. */
  openUnprivileged(): Promise<Socket>
  /** A socket as system calls see it, unbound. */
  plain(options?: { readonly privileged: boolean }): Promise<PlainSocket>
  /** These rules, and no others. */
  rules(...rules: readonly Rule[]): Promise<void>
  /** Remove one of them, as they were given. */
  removeRule(rule: Rule): Promise<void>
  /** Whole packets leave through a raw socket of this machine, one after the other. Resolves when all have happened. */
  emit(packets: Uint8Array | readonly Uint8Array[], options?: SendOptions): Promise<Sent>
  /** UDP payloads leave through an ordinary socket. */
  udp(from: string, to: string, payloads: string | readonly string[], options?: SendOptions): Promise<Sent>
  /** A whole packet arrives from the left. */
  receive(packets: Uint8Array | readonly Uint8Array[]): Promise<Sent>
  /** Whole packets cross a bridge, from its port `near` to its port `far`; with a VLAN tag of this TCI. */
  cross(packets: Uint8Array | readonly Uint8Array[], options?: { readonly vlan?: number }): Promise<Sent>
  /** Take the port `near` off the bridge. */
  leaveBridge(): Promise<void>
  /** The index of an interface. */
  device(which: Side | BridgeDevice): Promise<number>
  /**
   * Packets that reached this machine's sockets, or left it to the right, since it was last asked: waits for as many as expected; 0 means
   * that none may come. `milliseconds` is how long it waits at most.
   */
  arrivals(expected: number, milliseconds?: number): Promise<Arrival[]>
  /** Lines of /proc/net/netfilter/nfnetlink_queue: by queue number, all columns as they are. */
  queues(): Promise<ReadonlyMap<number, readonly number[]>>
  /** `net.netfilter.…`; back to what it was after the scenario. */
  sysctl(name: string, value: number): Promise<void>
  /** Let time pass: real time on a real kernel. */
  pass(seconds: number): Promise<void>
  /** Register one more hook function, which lets everything pass. */
  addHook(): Promise<void>
  removeHook(): Promise<void>
  /** An interface, down or up again. */
  link(which: 'loopback' | Side, state: 'down' | 'up'): Promise<void>
}

/**
 * What not every world has: send buffers of local senders; the statement `queue` of nft, which bridges need; iptables for what crosses a
 * bridge (br_netfilter); no other network namespace that listens to connections.
 */
export type Ability = 'send buffers' | 'queue statement' | 'bridged iptables' | 'silence elsewhere'

export interface OpenOptions {
  /** Bytes, as SO_RCVBUF takes them; the kernel doubles the number. */
  readonly receiveBuffer?: number
}

export interface SendOptions {
  readonly mark?: number
  readonly priority?: number
  /** Of a UDP payload: bytes in each datagram of a super-packet (UDP_SEGMENT). */
  readonly segment?: number
}

/**
 * Two Ethernet interfaces: frames from the host 02:00:00:00:00:98 arrive on `left`, whose network is 10.2.0.0/24 and fd02::/64; the
 * networks 10.3.0.0/24 and fd03::/64 are behind `right`. What is not for 10.2.0.1 or fd02::1 is forwarded.
 */
export type Side = 'left' | 'right'

/** A bridge and its ports. Frames from the host 02:00:00:00:00:58 to 02:00:00:00:00:59 arrive on `near` and leave by `far`. */
export type BridgeDevice = 'bridge' | 'near' | 'far'

/** How many packets the sender could send, and what stopped it. */
export interface Sent {
  readonly sent: number
  readonly error?: string
}

export interface Arrival {
  readonly version: 4 | 6
  readonly protocol: number
  /** Everything after the network header. */
  readonly transport: Uint8Array
  /** The IPv4 header; empty for IPv6. */
  readonly header: Uint8Array
  readonly mark: number
}

export type HookName = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting'
export type TableName = 'raw' | 'mangle' | 'nat' | 'filter' | 'security'

/** One rule of a table's chain. Rules hold for IPv4 and IPv6 alike; in the bridge family for every frame, at FORWARD, and all they do is queue. */
export interface Rule {
  readonly family?: 'bridge'
  /** Holds for one version of IP only: rules that translate, whose addresses are of one. */
  readonly version?: 4 | 6
  readonly hook: HookName
  /** Where among the hook's functions: raw −300, mangle −150, nat −100 or 100, filter 0, security 50. */
  readonly table: TableName
  readonly protocol?: 'udp' | 'sctp' | 'tcp' | 'icmp'
  /** Destination port. */
  readonly port?: number
  /** Only packets without this mark. */
  readonly unlessMark?: number
  /** Only packets with this mark. */
  readonly ifMark?: number
  /** Only packets whose connection has this mark. */
  readonly ifConnmark?: number
  /** Only packets that connection tracking says this of. */
  readonly state?: PacketState
  readonly action: Action
}

export type PacketState = 'new' | 'established' | 'related' | 'invalid' | 'untracked'

export type Action =
  | {
      readonly kind: 'queue'
      readonly number: number
      readonly last?: number
      readonly bypass?: boolean
      readonly fanout?: boolean
    }
  | { readonly kind: 'accept' | 'drop' | 'notrack' }
  /** Each packet is told of at once. */
  | { readonly kind: 'log'; readonly group: number; readonly prefix: string }
  /** In the table `filter`. */
  | { readonly kind: 'reject'; readonly with: 'tcp reset' | 'port' }
  | { readonly kind: 'mark' | 'connmark'; readonly value: number }
  /** A new source or destination: `10.1.0.1`, with a port where the rule names a protocol: `10.1.0.1:2000`. */
  | { readonly kind: 'snat' | 'dnat'; readonly to: string }
  /** Makes connection tracking work: without a rule that asks for it there are no entries. */
  | { readonly kind: 'track' }
  | { readonly kind: 'zone'; readonly value: number }
  /** Gives entries room for labels. */
  | { readonly kind: 'label'; readonly value: number }
  | { readonly kind: 'helper'; readonly name: string }
