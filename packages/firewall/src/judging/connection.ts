import { formatTuple, type Tuple, type TupleEnd } from '@nfkit/inet'
import { check } from '@nfkit/netlink-transport'
import type { OwnedPacket, Owner } from '@nfkit/sockets'
import type { DnsMessage } from '@nfkit/streams/dns'
import type { HttpRequest } from '@nfkit/streams/http'
import type { ClientHello } from '@nfkit/streams/tls'
import { dnsIn, helloIn, requestIn } from '../said/read.ts'
import { mostSaid, type Said } from '../said/said.ts'
import type { ConnectionDirection, Facts } from './facts.ts'

/** Finds out whose packet it is. */
export type FindOwner = (packet: OwnedPacket) => Promise<Owner>

/** What a connection's view asks. */
export interface Surroundings {
  readonly signal: AbortSignal
  readonly findOwner: FindOwner
  readonly said: Said
}

/** A connection that is judged. All of it can be read for ever. */
export class JudgedConnection implements Omit<Facts, 'owned'> {
  readonly direction: ConnectionDirection
  readonly protocol: string
  readonly source: TupleEnd | undefined
  readonly destination: TupleEnd | undefined
  readonly originalDestination: TupleEnd | undefined
  readonly inInterface: string | undefined
  readonly outInterface: string | undefined
  readonly isNew: boolean
  readonly isTracked: boolean
  readonly tuple: Tuple | undefined
  readonly original: Tuple | undefined
  /** Aborts when no answer is needed any more: the policy has changed, and the judge is asked again; or the firewall is closed. */
  readonly signal: AbortSignal
  readonly #owned: OwnedPacket
  readonly #findOwner: FindOwner
  readonly #said: Said
  #owner: Promise<Owner> | undefined

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
    this.signal = surroundings.signal
    this.#owned = facts.owned
    this.#findOwner = surroundings.findOwner
    this.#said = surroundings.said
  }

  /**
   * Whose it is on this host: which socket, and by it which user, unit and program (`Programs` of `@nfkit/sockets`). Asked once, and best
   * while the judge decides: the packet waits, and so its socket is there. Rejects with `NetlinkError` when the kernel refuses.
   */
  owner(): Promise<Owner> {
    this.#owner ??= this.#findOwner(this.#owned)
    return this.#owner
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
   * is said, or nothing in time: a judge that must not be evaded refuses that.
   */
  hello(): Promise<ClientHello | undefined> {
    return helloIn(this.#said, this.#isStream)
  }

  /** The head of the first request of HTTP/1; `undefined` as with `hello`. */
  request(): Promise<HttpRequest | undefined> {
    return requestIn(this.#said)
  }

  /** The first message of DNS; `undefined` as with `hello`. */
  dns(): Promise<DnsMessage | undefined> {
    return dnsIn(this.#said, this.#isStream)
  }

  /** One line for people: `out tcp 192.0.2.7:40000 > 198.51.100.2:443`. */
  toString(): string {
    return `${this.direction} ${this.tuple === undefined ? this.protocol : formatTuple(this.tuple)}`
  }

  get #isStream(): boolean {
    return this.protocol === 'tcp'
  }
}
