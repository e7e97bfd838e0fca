import * as argument from '../reader/argument.ts'
import { type Plan, type QuicCipher, run, runNow, type SyncQuicCipher } from './cipher.ts'
import { type HelloOf, QuicConnection, type Received } from './connection.ts'
import { type LongPacket, longPacketAt } from './header.ts'
import { refuse } from './problem.ts'
import type { QuicSide } from './secrets.ts'
import { webCipher } from './web-cipher.ts'

/** How a reader of QUIC reads. */
export interface QuicOptions {
  /** The longest handshake of one side that is kept, in bytes: 16,384 unless said. Browsers send 2,100 at most. */
  readonly most?: number
}

const usual = 16_384
/** What a client's datagram with an Initial has at least: servers must drop a smaller one (RFC 9000, 14.1). */
const smallest = 1200
const mostPackets = 8
const mostConnections = 4

/**
 * Reads the hellos in the Initial packets of QUIC, versions 1 and 2, between two ends (addresses and ports): decrypted, and joined over datagrams.
 * Give it the UDP payloads of both sides in the order they came. Two ends may begin several connections, as after a Retry or a negotiation of
 * versions: each has its hello, and each is to be judged.
 *
 * It keeps at most 4 connections of twice `most` bytes a side. What a peer would ignore is ignored: packets that are damaged, or that belong to no
 * connection. A `ReadError` says that a datagram is none of QUIC, or that no honest peer sends it; it is to be dropped. Hellos in front of
 * the mistake are returned first, and the next call throws.
 *
 * @example
 * import { QuicReader } from '@nfkit/streams/quic'
 *
 * const reader = new QuicReader()
 * const datagram = new Uint8Array(1200)
 * console.log(await reader.read('client', datagram).catch((error) => error.problem)) // notQuic
 */
export class QuicReader {
  readonly #most: number
  readonly #connections: QuicConnection[] = []
  #failure: { readonly error: unknown } | undefined
  #turn: Promise<unknown> = Promise.resolve()

  /** Throws `TypeError` or `RangeError` for an option that cannot be. */
  constructor(options: QuicOptions = {}) {
    this.#most = argument.most('QuicReader', options, usual)
  }

  /**
   * The hellos that a datagram of one side completes, with a cipher that answers later: WebCrypto's unless another one is given. Datagrams are
   * read one after another. The datagram must stay as it is until then. Rejects with a `ReadError` as the class says.
   */
  read<S extends QuicSide>(side: S, datagram: Uint8Array, cipher: QuicCipher = webCipher): Promise<HelloOf[S][]> {
    const reading = this.#turn.then(() => run(this.#datagram(side, datagram), cipher))
    this.#turn = reading.catch(() => {})
    return reading
  }

  /** The same at once, with a cipher that answers at once. Do not mix it with `read`. Throws a `ReadError` as the class says. */
  readSync<S extends QuicSide>(side: S, datagram: Uint8Array, cipher: SyncQuicCipher): HelloOf[S][] {
    return runNow(this.#datagram(side, datagram), cipher)
  }

  *#datagram<S extends QuicSide>(side: S, datagram: Uint8Array): Plan<HelloOf[S][]> {
    argument.bytes('QuicReader', datagram)
    const failure = this.#failure
    this.#failure = undefined
    if (failure) throw failure.error
    const hellos: HelloOf[S][] = []
    try {
      for (const packet of this.#initials(side, datagram)) {
        const received: Received = { datagram, packet, version: packet.version! }
        hellos.push(...(yield* this.#receive(side, received)))
      }
    } catch (error) {
      if (hellos.length === 0) throw error
      this.#failure = { error }
    }
    return hellos
  }

  /** The Initials in a datagram that a peer would try to open. */
  *#initials(side: QuicSide, datagram: Uint8Array): Generator<LongPacket, void, void> {
    const first = longPacketAt(datagram, 0)
    let count = 0
    let isInitial = false
    for (let packet = first; packet; packet = longPacketAt(datagram, packet.end)) {
      if (count++ === mostPackets) refuse('tooManyPackets', packet.start)
      if (side === 'client' && packet.kind === 'unknown') refuse('version', packet.start)
      if (packet.kind !== 'initial' || !isSame(packet.destination, first!.destination)) continue
      if (!packet.isFixed) refuse('notQuic', packet.start)
      if (side === 'client' && datagram.length < smallest) refuse('small', packet.start)
      isInitial = true
      yield packet
    }
    if (side === 'client' && !isInitial && this.#connections.length === 0) refuse('notQuic', 0)
  }

  /** Find the connection of a packet, or begin one. */
  *#receive<S extends QuicSide>(side: S, received: Received): Plan<HelloOf[S][]> {
    for (const connection of this.#connections) {
      const hellos = yield* connection.receive(side, received)
      if (hellos) return hellos
    }
    if (side === 'server') return []
    const connection = new QuicConnection(received.packet.destination, received.version, this.#most)
    const hellos = yield* connection.receive(side, received)
    if (hellos === undefined) return []
    if (this.#connections.length === mostConnections) refuse('tooManyConnections', received.packet.start)
    this.#connections.push(connection)
    return hellos
  }
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])
