import { parseIp, type SackBlock, type TcpOption } from '@nfkit/ip-codec'
import { type TcpFields, tcp } from '@nfkit/ip-codec/build'
import type { StreamPacket, TcpConnection, TrackerOptions } from '../src/index.ts'
import { Tracker } from '../src/index.ts'

/** A clock that stands still until it is advanced. */
export class TestClock {
  uptime = 0
  #timers: { readonly due: number; readonly run: () => void }[] = []

  after(milliseconds: number, run: () => void): () => void {
    const timer = { due: this.uptime + milliseconds, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  advance(milliseconds: number): void {
    this.uptime += milliseconds
    const due = this.#timers.filter((timer) => timer.due <= this.uptime)
    this.#timers = this.#timers.filter((timer) => timer.due > this.uptime)
    for (const { run } of due) run()
  }
}

/** A packet and what became of it. */
export class TestPacket implements StreamPacket {
  readonly ip
  verdict: 'accept' | 'drop' | undefined
  /** As it went on. */
  bytes: Uint8Array
  readonly isGso: boolean

  constructor(bytes: Uint8Array, isGso = false) {
    this.bytes = bytes
    this.ip = parseIp(bytes)
    this.isGso = isGso
  }

  accept(changes?: { readonly payload: Uint8Array }): void {
    this.#judge('accept')
    if (changes) this.bytes = changes.payload
  }

  drop(): void {
    this.#judge('drop')
  }

  /** The segment that went on. */
  get tcp() {
    return parseIp(this.bytes)!.tcp!
  }

  /** The data that went on, as text. */
  get text(): string {
    return text(this.tcp.payload)
  }

  #judge(verdict: 'accept' | 'drop'): void {
    if (this.verdict !== undefined) throw new Error(`a second verdict: ${this.verdict}, then ${verdict}`)
    this.verdict = verdict
  }
}

/** What a packet is made of; positions count from the first byte of data. */
export interface Said extends Omit<TcpFields, 'sequence' | 'acknowledgment' | 'payload'> {
  readonly at?: number
  readonly acknowledges?: number
  readonly data?: string | Uint8Array
}

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
export const bytesOf = (data: string | Uint8Array): Uint8Array =>
  typeof data === 'string' ? Uint8Array.from(Buffer.from(data, 'latin1')) : data

/** Hosts and a tracker between them: `client` and `server` send packets through it. */
export class Wire {
  readonly clock = new TestClock()
  readonly tracker: Tracker
  readonly connections: TcpConnection[] = []
  /** What each end has said, as the program hears it. */
  readonly heard = { client: '', server: '' }
  readonly packets: TestPacket[] = []
  readonly promises: Promise<void>[] = []
  readonly #ends: readonly [string, string]
  readonly #origins: readonly [number, number]

  constructor(
    options: Partial<TrackerOptions> = {},
    ends: readonly [string, string] = ['10.0.0.1:4000', '10.0.0.2:443'],
    origins: readonly [number, number] = [1_000, 5_000],
  ) {
    this.#ends = ends
    this.#origins = origins
    const { judge, ...others } = options
    this.tracker = new Tracker({
      clock: this.clock,
      ...others,
      judge: (connection) => {
        this.connections.push(connection)
        connection.client.listen((chunk) => {
          this.heard.client += text(chunk)
        })
        connection.server.listen((chunk) => {
          this.heard.server += text(chunk)
        })
        return judge?.(connection)
      },
    })
  }

  client(said: Said = {}): TestPacket {
    return this.push(this.bytes('client', said))
  }

  server(said: Said = {}): TestPacket {
    return this.push(this.bytes('server', said))
  }

  /** A packet of one side, not sent. */
  bytes(side: 'client' | 'server', { at = 0, acknowledges = 0, data = '', ...fields }: Said): Uint8Array {
    const [from, to] = side === 'client' ? ([0, 1] as const) : ([1, 0] as const)
    return tcp(`${this.#ends[from]} > ${this.#ends[to]}`, {
      ack: true,
      ...fields,
      sequence: (this.#origins[from] + at) >>> 0,
      acknowledgment: (this.#origins[to] + acknowledges) >>> 0,
      payload: bytesOf(data),
    })
  }

  push(bytes: Uint8Array, isGso = false): TestPacket {
    const packet = new TestPacket(bytes, isGso)
    this.packets.push(packet)
    const promise = this.tracker.push(packet)
    if (promise !== undefined) this.promises.push(promise)
    return packet
  }

  /** The three packets that open a connection. */
  open(options: readonly TcpOption[] = []): void {
    this.client({ at: -1, syn: true, ack: false, acknowledges: -5_000, options })
    this.server({ at: -1, syn: true, options })
    this.client()
  }

  get connection(): TcpConnection {
    return this.connections.at(-1)!
  }
}

export const sack = (...blocks: SackBlock[]): TcpOption => ({ kind: 'sack', blocks })
export const timestamps = (value: number, echo = 0): TcpOption => ({ kind: 'timestamps', value, echo })
export const mss = (size: number): TcpOption => ({ kind: 'mss', size })
export const windowScale = (shift: number): TcpOption => ({ kind: 'windowScale', shift })

/** Let promises settle. */
export const turn = () => new Promise((resolve) => setImmediate(resolve))
