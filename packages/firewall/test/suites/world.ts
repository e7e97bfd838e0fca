import type { Transport } from '@nfkit/netlink-transport'
import type { FirewallOptions } from '../../src/index.ts'

export type IpFamily = 'IPv4' | 'IPv6'

/** A TCP connection to a host that echoes. */
export interface Line {
  /** Say something, and hear it back. Rejects with the error's code where it is refused, and with `silence` where nothing comes. */
  say(what: string | Uint8Array): Promise<string>
  /** Resolves when the program at the other end has the connection: a reset that comes before is told to none. Rejects with `silence`. */
  met(): Promise<unknown>
  /** How the other end's connection has ended: resolves to the error's code there, and to `closed` where it was closed in order. Rejects with `silence`. */
  farEnd(): Promise<string>
  close(): void
}

/** What is sent to who has asked a server of DNS. */
export interface DnsReply {
  readonly bytes: Uint8Array
  /** From the server (by default), from another host, or from another port of the server. */
  readonly from?: 'server' | 'stranger' | 'other port'
  /** To another port than the one that asked. */
  readonly astray?: boolean
}

/** A packet of IP that a program has made, and its mark. */
export interface Sent {
  readonly packet: Uint8Array
  readonly mark?: number
}

/** Where a suite runs: the host with the firewall, and a peer on a link to it. Both echo what TCP and UDP say to ports 4000 to 4002. */
export interface World {
  readonly name: string
  /** Options of all firewalls here. */
  readonly options?: Partial<FirewallOptions>
  /** A socket to the kernel of the host with the firewall, which can be handed on. */
  connect(): Transport & { heir(): Transport }
  /**
   * Connect from this host to the peer or one of its other addresses (`otherAddress`), from there to here, from here to here over `lo`, or from the peer
   * through this host to one `beyond`. Rejects as `say` does.
   */
  dial(to: 'peer' | 'here' | 'self' | 'beyond' | (string & {}), port: number, family?: IpFamily): Promise<Line>
  /** Send a datagram to the peer from a socket of its own, and hear it back. Rejects as `say` does. */
  ask(port: number, what: string | Uint8Array, family?: IpFamily): Promise<string>
  /** The same of many from one socket, sent at once; resolves to what was heard. */
  burst(port: number, texts: readonly string[], family?: IpFamily): Promise<string[]>
  /** Ask the peer's server of DNS, which sends these; resolves when the last of them was heard, and rejects with `silence`. */
  resolve(question: Uint8Array, replies: readonly DnsReply[], family?: IpFamily): Promise<void>
  /** The same over TCP: a segment for each chunk. Resolves when all was heard, and rejects as `say` does. */
  converse(questions: Uint8Array, chunks: readonly Uint8Array[], family?: IpFamily): Promise<void>
  /**
   * Have a program with CAP_NET_RAW alone send packets to the peer, each with a mark of its own: those of one call are of one length and protocol. Resolves to how
   * many came there.
   */
  send(packets: readonly Sent[]): Promise<number>
  /** Marks of the connections to or from this port of the peer, or of this host. */
  marks(port: number): Promise<number[]>
  /** Let time go by, for the kernel and for programs. */
  sleep(milliseconds: number): Promise<void>
  /** Forget all connections. */
  fresh(): Promise<void>
}

/** Another one of the peer's addresses: 65,536 of each family. */
export const otherAddress = (index: number, family: IpFamily = 'IPv4'): string =>
  family === 'IPv4' ? `198.18.${index >> 8}.${index & 0xff}` : `2001:db8:99::${(index + 1).toString(16)}`
