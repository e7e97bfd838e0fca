import { type ClientHello, parseClientHello } from '../tls/client-hello.ts'
import { messageType } from '../tls/handshake.ts'
import { parseServerHello, type ServerHello } from '../tls/server-hello.ts'
import type { Plan } from './cipher.ts'
import { CryptoStream } from './crypto-stream.ts'
import { cryptoFrames } from './frames.ts'
import type { LongPacket } from './header.ts'
import { openPacket } from './packet.ts'
import { initialKeys, type PacketKeys, type QuicSide } from './secrets.ts'
import type { QuicVersion } from './version.ts'

/** What each side says hello with. */
export interface HelloOf {
  /** What a client says first. */
  readonly client: ClientHello
  /** What a server answers first. */
  readonly server: ServerHello
}

/** How the hellos in the handshake of a side are read. */
const read: { readonly [S in QuicSide]: { readonly type: number; parse(body: Uint8Array): HelloOf[S] } } = {
  client: { type: messageType.clientHello, parse: (body) => parseClientHello(body, 'quic', []) },
  server: { type: messageType.serverHello, parse: parseServerHello },
}

/** A datagram, and the packet in it that is to be opened. */
export interface Received {
  readonly datagram: Uint8Array
  readonly packet: LongPacket
  readonly version: QuicVersion
}

/** One connection's Initials. All keys come from the id that the client's first packet is for, whatever ids follow. */
export class QuicConnection {
  readonly #first: Uint8Array
  readonly #keys = new Map<string, PacketKeys>()
  readonly #versions = new Set<QuicVersion>()
  readonly #largest: { [S in QuicSide]: number } = { client: -1, server: -1 }
  readonly #streams: { readonly [S in QuicSide]: CryptoStream }

  constructor(first: Uint8Array, version: QuicVersion, most: number) {
    this.#first = first.slice()
    this.#versions.add(version)
    this.#streams = { client: new CryptoStream(most), server: new CryptoStream(most) }
  }

  /**
   * The hellos that a packet completes; `undefined` when the packet is not of this connection, or damaged. A server may answer in another version
   * (RFC 9368); the client follows then.
   */
  *receive<S extends QuicSide>(side: S, { datagram, packet, version }: Received): Plan<HelloOf[S][] | undefined> {
    if (side === 'client' && !this.#versions.has(version)) return undefined
    const opened = yield* openPacket(datagram, packet, this.#keysOf(version, side), this.#largest[side])
    if (opened === undefined) return undefined
    this.#versions.add(version)
    this.#largest[side] = Math.max(this.#largest[side], opened.number)
    const stream = this.#streams[side]
    for (const frame of cryptoFrames(opened.payload)) stream.add(frame)
    const hellos: HelloOf[S][] = []
    for (let message = stream.next(); message; message = stream.next())
      if (message.type === read[side].type) hellos.push(read[side].parse(message.body))
    return hellos
  }

  #keysOf(version: QuicVersion, side: QuicSide): PacketKeys {
    const name = `${version.label} ${side}`
    const known = this.#keys.get(name) ?? initialKeys(version, this.#first, side)
    this.#keys.set(name, known)
    return known
  }
}
