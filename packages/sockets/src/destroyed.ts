import { EncodeError, type Message } from '@nfkit/netlink-codec'
import { socketAttrsOf, socketGroup, socketMessage, socket as socketRows } from '@nfkit/netlink-codec/sock-diag'
import { Backlog, check, EventSocket, OneByOne, type OptionNames, type Transport } from '@nfkit/netlink-transport'
import { SocketInfo, socketProtocol } from './socket.ts'

/** How a stream of sockets that are gone listens. */
export interface DestroyedOptions {
  /** Of which protocols; TCP and UDP by default. */
  readonly protocols?: readonly ('tcp' | 'udp')[] | undefined
  /** Bytes of the receive buffer to ask for; 1 MiB by default. */
  readonly receiveBuffer?: number | undefined
  /** Stop. Loops over the stream throw the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** Some sockets were not told of: they were more than were read. */
export interface DestroyedGap {
  /** Some were lost. */
  readonly kind: 'gap'
}

/** A socket that is gone: neither its inode nor its cgroup is known any more; its cookie is. */
export interface Destroyed {
  /** One is gone. */
  readonly kind: 'destroyed'
  /** As it was at its end. */
  readonly socket: SocketInfo
}

const names: OptionNames<DestroyedOptions> = { protocols: true, receiveBuffer: true, signal: true }
const groups = {
  tcp: [socketGroup.inetTcpDestroy, socketGroup.inet6TcpDestroy],
  udp: [socketGroup.inetUdpDestroy, socketGroup.inet6UdpDestroy],
} as const

/** Sockets that may wait for the program before they are left in the socket's buffer. */
const highWater = 4_096

/** Sockets from the moment this is made until it is closed; leaving a loop over it closes it. */
export class DestroyedSockets implements AsyncIterable<Destroyed | DestroyedGap>, AsyncDisposable {
  readonly #socket: EventSocket<Destroyed>
  readonly #backlog: Backlog<Destroyed | DestroyedGap>
  readonly #signal: AbortSignal | undefined
  readonly #abort = () => this.#end({ error: this.#signal?.reason })
  #ended = false

  /** @internal Closes the transport, also when it throws. */
  constructor(transport: Transport, options: DestroyedOptions) {
    try {
      const { protocols = ['tcp', 'udp'], receiveBuffer = 1 << 20, signal } = check.options('destroyed', options, names)
      for (const protocol of protocols) check.word('protocols', protocol, groups)
      if (protocols.length === 0) throw new EncodeError('destroyed', '"protocols" is empty: nothing would ever be told')
      check.whole('receiveBuffer', receiveBuffer, 1, 0x3fff_ffff)
      this.#signal = signal
      this.#socket = new EventSocket(
        transport,
        { groups: protocols.flatMap((protocol) => groups[protocol]), read: destroyedOf, receiveBuffer },
        {
          events: (events) => {
            for (const event of events) this.#backlog.push(event)
            this.#backlog.hold()
          },
          gap: () => this.#backlog.push({ kind: 'gap' }),
          fail: (error) => this.#end({ error }),
        },
      )
      this.#backlog = new Backlog(highWater, this.#socket)
    } catch (error) {
      transport.close()
      throw error
    }
    this.#signal?.addEventListener('abort', this.#abort, { once: true })
    if (this.#signal?.aborted) this.#abort()
  }

  [Symbol.asyncIterator](): AsyncIterator<Destroyed | DestroyedGap, void, undefined> {
    return new OneByOne(this.#backlog.batches(() => this.close()))
  }

  /** Ends every loop after what waits. Closing twice is fine. */
  close(): void {
    this.#end(undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #end(failure: { readonly error: unknown } | undefined): void {
    if (this.#ended) return
    this.#ended = true
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#backlog.end(failure)
    this.#socket.close()
  }
}

function destroyedOf(message: Message): Destroyed | undefined {
  if (message.type !== socketMessage.byFamily.type) return undefined
  const number = socketAttrsOf(message).get(socketRows.rows.protocol)
  const protocol = number === undefined ? undefined : socketProtocol(number)
  return protocol && { kind: 'destroyed', socket: new SocketInfo(message, protocol) }
}
