import type { BufferSizes, Receiver, SocketCounters, Transport, TransportError } from '../src/index.ts'

/** What a script has the kernel do: a datagram to deliver, or a failure of the socket. */
export type Step = Uint8Array | TransportError

/** A transport whose kernel is a function: what it returns for a request is delivered, one step a turn. */
export class ScriptedTransport implements Transport {
  readonly portId: number = 0x8000_0001
  readonly sendLimit = 1_000
  readonly sent: Uint8Array[] = []
  readonly siblings: ScriptedTransport[] = []
  pauses = 0
  closed = false
  /** Batches delivered and not released. */
  leased = 0
  readonly #script: (request: Uint8Array) => Step[]
  readonly #waiting: Step[] = []
  #receiver: Receiver | undefined
  #paused = false

  constructor(script: (request: Uint8Array) => Step[] = () => []) {
    this.#script = script
  }

  send(datagram: Uint8Array): void {
    const request = datagram.slice()
    this.sent.push(request)
    this.deliver(...this.#script(request))
  }

  /** Have the kernel send something by itself. */
  deliver(...steps: Step[]): void {
    this.#waiting.push(...steps)
    setImmediate(() => this.#turn())
  }

  receive(receiver: Receiver): void {
    this.#receiver = receiver
  }

  pause(): void {
    if (!this.#paused) this.pauses++
    this.#paused = true
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    setImmediate(() => this.#turn())
  }

  sibling(): ScriptedTransport {
    const sibling = new ScriptedTransport(this.#script)
    this.siblings.push(sibling)
    return sibling
  }

  close(): void {
    this.closed = true
  }

  #turn(): void {
    if (this.#paused || this.closed || !this.#receiver) return
    const step = this.#waiting.shift()
    if (!step) return
    if (this.#waiting.length > 0) setImmediate(() => this.#turn())
    if (step instanceof Error) this.#receiver.error(step)
    else this.#batch(step)
  }

  #batch(datagram: Uint8Array): void {
    const bytes = datagram.slice()
    this.leased++
    this.#receiver?.batch({
      bytes,
      spans: Int32Array.of(0, bytes.length),
      length: 1,
      release: () => {
        this.leased--
        bytes.fill(0xdd)
      },
    })
  }

  join(): void {}
  leave(): void {}
  set(): void {}
  filter(): void {}
  resize(): BufferSizes {
    return { receive: 0, send: 0 }
  }
  counters(): SocketCounters {
    return { dropped: 0, receiveQueued: 0, receiveBuffer: 0 }
  }
}
