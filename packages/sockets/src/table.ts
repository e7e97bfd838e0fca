import { ipProtocol, type Tuple, type TupleEnd } from '@nfkit/inet'
import { errno, type Message } from '@nfkit/netlink-codec'
import { type Advice, check, NetlinkError, type OptionNames, type Requests } from '@nfkit/netlink-transport'
import { type DestroyedOptions, DestroyedSockets } from './destroyed.ts'
import { listed } from './filter/dump.ts'
import { checkedFilter, type SocketConditions } from './filter/filter.ts'
import { type OwnedPacket, type Owner, ownerOf } from './owner/owner.ts'
import { destruction, type Ends, lookup } from './owner/question.ts'
import { candidatesOf } from './owner/search.ts'
import { SocketInfo, socketProtocol } from './socket.ts'

/** How far a question about an owner goes. */
export interface OwnerOptions {
  /** Where one exact answer is not certain, list all sockets of that local port, which costs as much as the host has sockets; not by default. */
  readonly search?: boolean | undefined
  /** Stop waiting. */
  readonly signal?: AbortSignal | undefined
}

/** Which end of a tuple is on this host. */
export interface SideOptions extends OwnerOptions {
  /** The end on this host. */
  readonly local: 'source' | 'destination'
  /** Index of the interface the packet came in on. */
  readonly interface?: number | undefined
}

/** What may be destroyed besides a connection. */
export interface DestroyOptions {
  /** Which end of the tuple is on this host; `source` by default. */
  readonly local?: 'source' | 'destination' | undefined
  /** Also a listener, or an unconnected UDP socket, when no connection has this tuple: all their programs do is lost. Not by default. */
  readonly unconnected?: boolean | undefined
}

const ownerNames: OptionNames<OwnerOptions> = { search: true, signal: true }
const sideNames: OptionNames<SideOptions> = { ...ownerNames, local: true, interface: true }
const destroyNames: OptionNames<DestroyOptions> = { local: true, unconnected: true }
const sideWords = { source: true, destination: true }

const lookupAdvice: Advice = { ENOENT: 'there is no such socket in this network namespace' }
const destroyAdvice: Advice = {
  ENOENT: 'the socket is gone already, or another has its tuple meanwhile',
  ESTALE: 'the socket is gone already, and another has its tuple',
  EPERM: 'destroying sockets needs CAP_NET_ADMIN in the user namespace that owns the network namespace',
  EOPNOTSUPP: 'this kernel destroys no sockets of that protocol (CONFIG_INET_DIAG_DESTROY)',
}

/** Whether a packet's socket is at its source, by where it was met; `undefined` where it is on its way through. */
const sideAt: { readonly [hook: string]: 'source' | 'destination' } = {
  prerouting: 'destination',
  input: 'destination',
  output: 'source',
  postrouting: 'source',
}

/**
 * The sockets of a network namespace, made by `openSockets`. Questions about one socket are exact, and cost the same however many there are.
 *
 * @example
 * import { openMnl } from '@nfkit/mnl-native'
 * import { openSockets } from '@nfkit/sockets'
 *
 * const sockets = openSockets(openMnl())
 * for await (const socket of sockets.list({ states: ['listen'] })) console.error(`${socket}`)
 * sockets.close()
 */
export class SocketTable implements AsyncDisposable {
  readonly #requests: Requests

  /** @internal */
  constructor(requests: Requests) {
    this.#requests = requests
  }

  /**
   * Whose packet it is: one of a queue, or of a log group, while it can be read. Rejects with `NetlinkError` when the kernel refuses, and as
   * requests do.
   */
  async owner(packet: OwnedPacket, options: OwnerOptions = {}): Promise<Owner> {
    check.options('owner', options, ownerNames)
    const { hook = '', tuple, indev, ip } = packet
    if (tuple === undefined) return { kind: 'unknown', reason: 'no tuple' }
    const side = sideAt[hook]
    if (side === undefined) return { kind: 'unknown', reason: 'no socket' }
    const isAnswer = ip !== undefined && ip.protocol !== numberIn(tuple)
    const local = isAnswer ? opposite[side] : side
    return this.#ask(endsOf(tuple, local, side === 'destination' ? indev : undefined), options)
  }

  /** The same of a tuple. Throws `TypeError` or `RangeError` for an option that cannot be. */
  async ownerOf(tuple: Tuple, options: SideOptions): Promise<Owner> {
    const { local, interface: index } = check.options('ownerOf', options, sideNames)
    check.word('local', local, sideWords)
    return this.#ask(endsOf(tuple, local, index), options)
  }

  /**
   * List sockets. What is opened or closed meanwhile may be in it or not. Rejects with `NetlinkError` when the kernel refuses, with `TypeError` or
   * `RangeError` for a condition that cannot be.
   */
  list(filter: SocketConditions = {}): AsyncGenerator<SocketInfo, void, undefined> {
    return listed(this.#requests, checkedFilter(filter))
  }

  /**
   * Destroy the connection with this tuple: its program gets ECONNABORTED, its peer a reset. The socket is looked up first, and destroyed by
   * its cookie, so that no other is hit. Resolves to the socket, or to `undefined` where there is none, or only one that is not to be destroyed
   * (see `unconnected`). Rejects with `NetlinkError`: EPERM without CAP_NET_ADMIN.
   */
  async destroy(tuple: Tuple, options: DestroyOptions = {}): Promise<SocketInfo | undefined> {
    const { local = 'source', unconnected = false } = check.options('destroy', options, destroyNames)
    check.word('local', local, sideWords)
    const ends = endsOf(tuple, local, undefined)
    if (ends === undefined) return undefined
    const socket = await this.#lookup(ends)
    if (socket === undefined || (socket.remote === undefined && !unconnected)) return undefined
    await this.#requests.request(destruction(ends, socket.cookie), { advice: destroyAdvice })
    return socket
  }

  /**
   * Sockets that are gone, from here on: told when the last program has closed them, listeners, too. Throws `TypeError`, `RangeError` or
   * `EncodeError` for an option that cannot be, and `TransportError` when the socket cannot be opened.
   */
  destroyed(options: DestroyedOptions = {}): DestroyedSockets {
    return new DestroyedSockets(this.#requests.transport.sibling(), options)
  }

  /** Close the socket to the kernel. Closing twice is fine. */
  close(): void {
    this.#requests.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  async #ask(ends: Ends | undefined, { search = false, signal }: OwnerOptions): Promise<Owner> {
    if (ends === undefined) return { kind: 'unknown', reason: 'protocol' }
    const socket = await this.#lookup(ends, signal)
    if (socket === undefined) return { kind: 'unknown', reason: 'no socket' }
    const owner = ownerOf(socket)
    if (!search || (owner.kind !== 'ambiguous' && owner.kind !== 'listener')) return owner
    const candidates = await candidatesOf(this.#requests, ends, socket)
    return candidates.length === 1 ? { kind: 'socket', socket: candidates[0]! } : { kind: 'ambiguous', candidates }
  }

  async #lookup(ends: Ends, signal?: AbortSignal): Promise<SocketInfo | undefined> {
    try {
      const read = (answer: Message) => new SocketInfo(answer, ends.protocol)
      return await this.#requests.ask(lookup(ends), read, { advice: lookupAdvice, signal })
    } catch (error) {
      if (error instanceof NetlinkError && error.errno === errno.ENOENT) return undefined
      throw error
    }
  }
}

const numberIn = ({ protocol }: Tuple): number => (typeof protocol === 'number' ? protocol : ipProtocol[protocol])

const opposite = { source: 'destination', destination: 'source' } as const

function endsOf(tuple: Tuple, local: 'source' | 'destination', index: number | undefined): Ends | undefined {
  const protocol = socketProtocol(tuple.protocol)
  if (protocol === undefined) return undefined
  const [here, there]: [TupleEnd, TupleEnd] =
    local === 'source' ? [tuple.source, tuple.destination] : [tuple.destination, tuple.source]
  return { protocol, local: here, remote: there, interface: index ?? 0 }
}
