import {
  argument,
  type Batch,
  type BpfInstruction,
  type BufferSizes,
  check,
  type Receiver,
  type SiblingOptions,
  type SocketCounters,
  type SocketOption,
  type Transport,
  TransportError,
} from '@nfkit/netlink-transport'
import { Answering } from '@nfkit/netlink-transport/memory'
import type { CaptureSink } from '../format/sink.ts'
import { netlinkNetfilter } from '../netlink/netlink.ts'
import { errorNote, rootSocket } from '../netlink/note.ts'
import { Recording } from './recording.ts'

/** How a session is recorded. */
export interface RecordOptions {
  /** Told once, when the sink takes no more; the transport goes on unrecorded. A warning on the console when absent. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/**
 * Record what goes through a transport, and through its siblings, as pcapng that Wireshark reads and `replayTransport`
 * replays: every datagram with its direction and time, refused sends, overruns, and calls that change the socket. The result takes
 * the transport's place. The sink is written to once per turn of the event loop, and closed with the last of the transport and its
 * siblings. Throws what the sink throws, and `TypeError` for an option there is not.
 *
 * @example
 * import { MemorySink, record } from '@nfkit/capture'
 * import { openMnl } from '@nfkit/mnl-native'
 * import { probe } from '@nfkit/nfqueue'
 *
 * const sink = new MemorySink()
 * await probe(record(openMnl(), sink))
 * console.log(sink.bytes.length > 0) // true
 */
export function record(transport: Transport, sink: CaptureSink, options: RecordOptions = {}): Transport {
  const onError = (value: unknown) => check.callable('onError', value)
  const { onError: heard = warn } = check.all('options', options, { onError })
  return recorded(argument.transport(transport), new Recording(sink, heard))
}

const warn = (error: unknown) => console.warn(`the recording ends: ${String(error)}`)

/** The same, for whoever looks after the recording. */
export const recorded = (transport: Transport, recording: Recording): Transport =>
  new RecordedTransport(transport, recording, rootSocket)

class RecordedTransport implements Transport {
  readonly readNow?: () => void
  readonly #transport: Transport
  readonly #recording: Recording
  readonly #name: string
  readonly #socket: number
  readonly #answering = new Answering(this)
  #siblings = 0
  #closed = false

  constructor(transport: Transport, recording: Recording, name: string) {
    this.#transport = transport
    this.#recording = recording
    this.#name = name
    this.#socket = recording.open(name, transport.portId)
    if (transport.readNow) this.readNow = () => transport.readNow?.()
  }

  get portId(): number {
    return this.#transport.portId
  }

  get inherited(): boolean | undefined {
    return this.#transport.inherited
  }

  get sendLimit(): number {
    return this.#transport.sendLimit
  }

  send(datagram: Uint8Array): void {
    try {
      this.#transport.send(datagram)
    } catch (error) {
      if (error instanceof TransportError)
        this.#recording.datagram(this.#socket, 'outbound', datagram, { error: errorNote(error) })
      throw error
    }
    this.#recording.datagram(this.#socket, 'outbound', datagram)
  }

  answer(datagram: Uint8Array, failed: (error: TransportError) => void): boolean {
    return this.#answering.answer(datagram, failed)
  }

  receive(receiver: Receiver): void {
    this.#transport.receive({
      batch: (batch) => {
        this.#batch(batch)
        this.#answering.tell(receiver, batch)
      },
      error: (error) => {
        this.#recording.event(this.#socket, 'inbound', 'overrun', { error: errorNote(error) })
        receiver.error(error)
      },
    })
  }

  pause(): void {
    this.#transport.pause()
  }

  resume(): void {
    this.#transport.resume()
  }

  join(group: number): void {
    this.#call('join', [group], () => this.#transport.join(group))
  }

  leave(group: number): void {
    this.#call('leave', [group], () => this.#transport.leave(group))
  }

  set(option: SocketOption, on: boolean): void {
    this.#call('set', [option, on], () => this.#transport.set(option, on))
  }

  resize(request: Partial<BufferSizes>): BufferSizes {
    return this.#call('resize', [request], () => this.#transport.resize(request))
  }

  filter(program: readonly BpfInstruction[] | undefined): void {
    this.#call('filter', [program ?? null], () => this.#transport.filter(program))
  }

  counters(): SocketCounters {
    return this.#transport.counters()
  }

  interfaceName(index: number): string | undefined {
    const name = this.#transport.interfaceName(index)
    this.#recording.event(this.#socket, 'outbound', 'noop', { call: 'interfaceName', arguments: [index], result: name })
    return name
  }

  procNet(file: string): string | undefined {
    return this.#transport.procNet(file)
  }

  sibling(options?: SiblingOptions): Transport {
    const transport = this.#transport.sibling(options)
    // A recording holds what netfilter says.
    if ((options?.protocol ?? netlinkNetfilter) !== netlinkNetfilter) return transport
    return new RecordedTransport(transport, this.#recording, `${this.#name}.${++this.#siblings}`)
  }

  close(): void {
    this.#transport.close()
    if (this.#closed) return
    this.#closed = true
    this.#recording.close()
  }

  #batch({ bytes, spans, length }: Batch): void {
    for (let i = 0; i < length; i++) {
      const start = spans[2 * i]!
      this.#recording.datagram(this.#socket, 'inbound', bytes.subarray(start, start + spans[2 * i + 1]!))
    }
  }

  #call<T>(call: string, args: readonly unknown[], run: () => T): T {
    try {
      const result = run()
      this.#recording.event(this.#socket, 'outbound', 'noop', { call, arguments: args, result })
      return result
    } catch (error) {
      if (error instanceof TransportError)
        this.#recording.event(this.#socket, 'outbound', 'noop', { call, arguments: args, error: errorNote(error) })
      throw error
    }
  }
}
