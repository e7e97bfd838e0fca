import type { DecodeError, Message } from '@nfkit/netlink-codec'
import { LoggedPacket, nflogMessage } from '@nfkit/netlink-codec/nflog'
import {
  Backlog,
  Connection,
  check,
  InterfaceNames,
  Listeners,
  OneByOne,
  type Transport,
  TransportError,
  throwAside,
} from '@nfkit/netlink-transport'
import type { LogEvents } from './events.ts'
import { Gaps } from './gaps.ts'
import { LoggedPacketView } from './packet.ts'
import { logProtocol } from './protocol.ts'
import type { LogStats } from './stats.ts'

const packetType = nflogMessage.packet.type

/** Packets that may wait for the program before they are left in the socket's buffer. */
const highWater = 1_024

/** Sees one logged packet. The next one comes when what it returns is settled. */
export type LogHandler = (packet: LoggedPacketView) => unknown

/** @internal What opening came to. */
export interface Opened {
  readonly conntrack: boolean
  readonly signal: AbortSignal | undefined
  readonly warnings: readonly string[]
}

/**
 * An open log group, made by `openLog`. Take its packets with `run`, `for await` or `batches`, once. A program that is too slow has the kernel
 * lose packets, which it is told by `lost`; no traffic ever waits for it.
 *
 * @example
 * import { openMnl } from '@nfkit/mnl-native'
 * import { openLog } from '@nfkit/nflog'
 *
 * const log = await openLog(openMnl(), { group: 5 })
 * log.on('lost', ({ packets }) => console.error(`${packets ?? 'some'} packets are missing`))
 * await log.run((packet) => console.log(packet.prefix, packet.ip?.source))
 */
export class PacketLog implements AsyncIterable<LoggedPacketView>, AsyncDisposable {
  /** Number of the group. */
  readonly group: number
  /** Resolves when the log is closed. */
  readonly closed: Promise<void>
  /** @internal */
  readonly connection: Connection
  readonly #transport: Transport
  readonly #names: InterfaceNames
  readonly #listeners = new Listeners<LogEvents>()
  readonly #backlog: Backlog<LoggedPacketView>
  readonly #gaps = new Gaps()
  readonly #abort = () => void this.close()
  #signal: AbortSignal | undefined
  #conntrack = false
  #packets = 0
  #overrun = false
  #socketDropped = 0
  #taken = false
  #ended = false
  #isClosed!: () => void

  /** @internal */
  constructor(transport: Transport, group: number) {
    this.group = group
    this.#transport = transport
    this.#names = new InterfaceNames(transport)
    this.connection = new Connection(transport, logProtocol, {
      message: (message) => this.#message(message),
      error: (error) => this.#trouble(error),
    })
    this.#backlog = new Backlog(highWater, transport)
    this.closed = new Promise((resolve) => {
      this.#isClosed = resolve
    })
    transport.receive(this.connection)
  }

  /** @internal The kernel has acknowledged. Warnings are told once there can be a listener. */
  opened({ conntrack, signal, warnings }: Opened): void {
    this.#conntrack = conntrack
    this.#signal = signal
    signal?.addEventListener('abort', this.#abort, { once: true })
    setTimeout(() => {
      for (const warning of warnings) this.#listeners.tell('warning', [warning])
    })
  }

  /** Whether connections come with packets. */
  get conntrack(): boolean {
    return this.#conntrack
  }

  /** Have `listener` told of each such event. One that throws keeps no other from hearing of it. */
  on<K extends keyof LogEvents>(event: K, listener: (...what: LogEvents[K]) => void): this {
    this.#listeners.on(event, listener)
    return this
  }
  /** Listen to the next one only. */
  once<K extends keyof LogEvents>(event: K, listener: (...what: LogEvents[K]) => void): this {
    this.#listeners.once(event, listener)
    return this
  }
  /** End what `on` or `once` began with this listener. */
  off<K extends keyof LogEvents>(event: K, listener: (...what: LogEvents[K]) => void): this {
    this.#listeners.off(event, listener)
    return this
  }

  /**
   * Call `handler` for every packet; the next one waits until what it returns is settled. What it throws becomes the event `handlerError` and,
   * where nobody listens to that, an uncaught error of the program; the log goes on. Resolves when the log is closed. Throws when the packets are
   * taken already.
   */
  async run(handler: LogHandler): Promise<void> {
    check.callable('run', handler)
    for await (const packets of this.batches()) {
      for (const packet of packets) {
        try {
          await handler(packet)
        } catch (error) {
          if (!this.#listeners.tell('handlerError', [{ error }])) throwAside(error)
        }
        if (this.#ended) return
      }
    }
  }

  /**
   * Packets as they come, a burst at once. Leaving the loop closes the log. Throws, when the packets are taken already and, at the end of what
   * was read, what ended the socket.
   */
  batches(): AsyncGenerator<readonly LoggedPacketView[], void, undefined> {
    if (this.#taken)
      throw new Error(
        `the packets of log group ${this.group} are taken already: by run(), batches() or a for await loop`,
      )
    this.#taken = true
    return this.#backlog.batches(() => void this.close())
  }

  /** Packets one by one. Leaving the loop closes the log. */
  [Symbol.asyncIterator](): AsyncIterator<LoggedPacketView, void, undefined> {
    return new OneByOne(this.batches())
  }

  /** What has happened so far; cheap enough to poll. */
  stats(): LogStats {
    this.#look()
    return { packets: this.#packets, lost: this.#gaps.missing, socketDropped: this.#socketDropped }
  }

  /** Unbind and close the transport. Loops get what was read, then the end. Never rejects; closing twice waits for the same end. */
  close(): Promise<void> {
    this.#end(undefined)
    return this.closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #message(message: Message): void {
    if (message.type !== packetType || this.#ended) return
    let packet: LoggedPacketView
    try {
      // The bytes are the transport's after this call; one packet that is kept must not keep its whole burst.
      const bytes = message.bytes.slice(message.start, message.end)
      packet = new LoggedPacketView(new LoggedPacket(bytes, 0, bytes.length), Date.now(), (index) =>
        this.#names.get(index),
      )
    } catch (error) {
      this.#listeners.tell('trouble', [error as DecodeError])
      return
    }
    this.#packets++
    const missing = this.#gaps.take(packet.sequence)
    this.#overrun = false
    if (missing > 0) this.#listeners.tell('lost', [{ packets: missing }])
    this.#backlog.push(packet)
    this.#backlog.hold()
  }

  #trouble(error: TransportError | DecodeError): void {
    const effect = error instanceof TransportError ? error.effect : 'none'
    if (effect === 'gap') this.#overrun = true
    else this.#listeners.tell('trouble', [error])
    if (effect === 'fatal') this.#end({ error })
  }

  #look(): void {
    if (this.#ended) return
    try {
      this.#socketDropped = this.#transport.counters().dropped
    } catch (error) {
      this.#trouble(error as TransportError)
    }
  }

  #end(failure: { readonly error: unknown } | undefined): void {
    if (this.#ended) return
    this.#look()
    // Looking may have ended it.
    if (this.#ended) return
    this.#ended = true
    this.#signal?.removeEventListener('abort', this.#abort)
    this.connection.close()
    this.#backlog.end(failure)
    if (this.#overrun) this.#listeners.tell('lost', [{ packets: undefined }])
    this.#isClosed()
  }
}
