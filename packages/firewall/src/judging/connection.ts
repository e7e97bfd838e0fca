import { formatTuple, type Tuple, type TupleEnd } from '@nfkit/inet'
import { check } from '@nfkit/netlink-transport'
import type { OwnedPacket, Owner } from '@nfkit/sockets'
import type { DnsMessage } from '@nfkit/streams/dns'
import type { HttpRequest } from '@nfkit/streams/http'
import type { ClientHello } from '@nfkit/streams/tls'
import type { Ending } from '../ending.ts'
import { dnsIn, helloIn, requestIn } from '../said/read.ts'
import { mostSaid, type Said } from '../said/said.ts'

/** Finds out whose packet it is. */
export type FindOwner = (packet: OwnedPacket) => Promise<Owner>

/** To this host, from it, or through it. */
export type ConnectionDirection = 'in' | 'out' | 'through'

const plainFacts = [
  'direction',
  'protocol',
  'source',
  'destination',
  'originalDestination',
  'inInterface',
  'outInterface',
  'isNew',
  'isTracked',
] as const satisfies readonly (keyof JudgedConnection)[]

/** A connection in JSON; what is absent is left out. */
export interface JudgedConnectionJson extends Pick<JudgedConnection, (typeof plainFacts)[number]> {
  /** Whose it is, where the judge has asked. */
  readonly owner?: Owner
  /** The name it is about, where the judge has asked. */
  readonly name?: string
}

/** What a packet tells of its connection: data that outlives it. */
export interface Facts extends Pick<JudgedConnection, (typeof plainFacts)[number]> {
  /** Of its first packets here. */
  readonly tuple: Tuple | undefined
  /** The same before any translation, where the kernel tells. */
  readonly original: Tuple | undefined
  /** What says whose it is. */
  readonly owned: OwnedPacket
}

/** What a connection's view asks. */
export interface Surroundings {
  readonly ending: Ending
  readonly findOwner: FindOwner
  readonly said: Said
}

/** A connection that is judged. All of it can be read for ever. */
export class JudgedConnection {
  /** Where it goes: the direction of its first packets, whichever packet is judged. */
  readonly direction: ConnectionDirection
  /** Layer-4 protocol by name; `protocol 200` for a number without one. */
  readonly protocol: string
  /** Who began it, as packets have it at this hook; `undefined` of a packet that belongs to no connection. */
  readonly source: TupleEnd | undefined
  /** Who it was begun with, as packets have it at this hook: behind any translation of the destination. */
  readonly destination: TupleEnd | undefined
  /** Who it was begun with by who began it: before any translation. The same as `destination` where there is none, or the kernel does not tell. */
  readonly originalDestination: TupleEnd | undefined
  /** The interface its first packets come in on; `undefined` of those made here. */
  readonly inInterface: string | undefined
  /** The interface its first packets go out on; `undefined` of those that end here. */
  readonly outInterface: string | undefined
  /** Whether it begins now; `false` of one that was there before, and is judged anew. */
  readonly isNew: boolean
  /** Whether the kernel follows it. What it does not follow is judged packet by packet. */
  readonly isTracked: boolean
  /** @internal The tuple of its first packets here. */
  readonly tuple: Tuple | undefined
  /** @internal The same before any translation, where the kernel tells. */
  readonly original: Tuple | undefined
  readonly #ending: Ending
  readonly #owned: OwnedPacket
  readonly #findOwner: FindOwner
  readonly #said: Said
  #owner: Promise<Owner> | undefined
  #known: { readonly owner?: Owner; readonly name?: string } = {}

  /** @internal */
  constructor(facts: Facts, surroundings: Surroundings) {
    this.direction = facts.direction
    this.protocol = facts.protocol
    this.source = facts.source
    this.destination = facts.destination
    this.originalDestination = facts.originalDestination
    this.inInterface = facts.inInterface
    this.outInterface = facts.outInterface
    this.isNew = facts.isNew
    this.isTracked = facts.isTracked
    this.tuple = facts.tuple
    this.original = facts.original
    this.#ending = surroundings.ending
    this.#owned = facts.owned
    this.#findOwner = surroundings.findOwner
    this.#said = surroundings.said
  }

  /** Aborts when no answer is needed any more: the policy has changed, and the judge is asked again; or the firewall is closed. */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  /** @internal Whether no answer is needed any more. */
  get isOver(): boolean {
    return this.#ending.isOver
  }

  /**
   * Whose it is on this host: which socket, and by it which user, unit and program (`Programs` of `@nfkit/sockets`). Asked once, and best
   * while the judge decides: the packet waits, and so its socket is there. Rejects with `NetlinkError` when the kernel refuses.
   */
  owner(): Promise<Owner> {
    this.#owner ??= this.#findOwner(this.#owned).then((owner) => {
      this.#known = { ...this.#known, owner }
      return owner
    })
    return this.#owner
  }

  /** The name it is about, once one of the methods below has found it: the server's of a hello, the host of a request, what DNS is asked for. */
  get name(): string | undefined {
    return this.#known.name
  }

  /** What who began it has said, as far as it was heard: nothing before one of the methods below is called. A view, of 65,536 bytes at most. */
  get said(): Uint8Array {
    return this.#said.bytes
  }

  /**
   * What is said first, so many bytes of it or more: fewer where nothing more comes. Until the connection is judged, TCP is opened, and what it says
   * waits. Of a connection that is judged in the middle it is what was heard at its beginning: nothing, where nobody listened. Rejects with
   * `RangeError` for what is no number from 1 to 65,536.
   */
  async bytes(count: number): Promise<Uint8Array> {
    check.whole('bytes', count, 1, mostSaid)
    await this.#said.beyond(count - 1)
    return this.#said.bytes
  }

  /**
   * The hello of TLS or, over UDP, of QUIC: which host is asked for, which protocols, and by `ja4` which program asks. `undefined` where something else
   * is said, what is malformed, or nothing in time: a judge that must not be evaded refuses that. Rejects where the platform lacks the ciphers of QUIC.
   */
  hello(): Promise<ClientHello | undefined> {
    return this.#named(helloIn(this.#said, this.#isStream), ({ serverName }) => serverName)
  }

  /** The head of the first request of HTTP/1; `undefined` as with `hello`. What is malformed does not reject. */
  request(): Promise<HttpRequest | undefined> {
    return this.#named(requestIn(this.#said), ({ host }) => host)
  }

  /** The first message of DNS; `undefined` as with `hello`. What is malformed does not reject. */
  dns(): Promise<DnsMessage | undefined> {
    return this.#named(dnsIn(this.#said, this.#isStream), ({ questions }) => questions[0]?.name)
  }

  /** One line for people: `out tcp 192.0.2.7:40000 > 198.51.100.2:443`. */
  toString(): string {
    return `${this.direction} ${this.tuple === undefined ? this.protocol : formatTuple(this.tuple)}`
  }

  /** Plain data: what a packet tells, and what the judge has found out. */
  toJSON(): JudgedConnectionJson {
    const plain = Object.fromEntries(plainFacts.map((key) => [key, this[key]])) as Pick<
      JudgedConnection,
      (typeof plainFacts)[number]
    >
    return { ...plain, ...this.#known }
  }

  async #named<T extends object>(
    reading: Promise<T | undefined>,
    nameOf: (read: T) => string | undefined,
  ): Promise<T | undefined> {
    const read = await reading
    const name = read && nameOf(read)
    if (name !== undefined) this.#known = { ...this.#known, name }
    return read
  }

  get #isStream(): boolean {
    return this.protocol === 'tcp'
  }
}
