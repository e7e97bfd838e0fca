import type { Judgement } from '@nfkit/streams'

/** How much is kept of what one connection says first. */
export const mostSaid = 65_536

const nothing = new Uint8Array(0)

/** What the one who began a connection says first, as far as it was heard: bytes in order of a stream, or datagrams. */
export class Said {
  /** Datagrams, in the order they came. */
  readonly datagrams: Uint8Array[] = []
  #bytes = nothing
  #size = 0
  #ended = false
  #listen: (() => void) | undefined
  #waiting: (() => void)[] = []
  #decided: Judgement | undefined
  #resume: ((judgement: Judgement | undefined) => void) | undefined

  /** `listen` is called when somebody first wants to hear more than there is: without it, nothing is ever heard. */
  constructor(listen?: () => void) {
    this.#listen = listen
    if (listen === undefined) this.#ended = true
  }

  /** All of it so far: a view, which later bytes do not change. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size)
  }

  /** How many bytes that are. */
  get size(): number {
    return this.#size
  }

  /** Whether nothing more will be heard. */
  get ended(): boolean {
    return this.#ended
  }

  /** More of a stream. */
  hear(chunk: Uint8Array): void {
    const size = Math.min(this.#size + chunk.length, mostSaid)
    const bytes = new Uint8Array(Math.max(size, Math.min(2 * this.#bytes.length, mostSaid)))
    bytes.set(this.bytes)
    bytes.set(chunk.subarray(0, size - this.#size), this.#size)
    this.#bytes = bytes
    this.#size = size
    if (size === mostSaid) this.#ended = true
    this.#wake()
  }

  /** Another datagram. */
  receive(datagram: Uint8Array): void {
    if (this.#ended) return
    this.datagrams.push(datagram)
    this.hear(datagram)
  }

  /** Nothing more will be heard. */
  end(): void {
    this.#ended = true
    this.#wake()
    this.#settle(undefined)
  }

  /** Resolves to whether there are more than so many bytes. */
  async beyond(size: number): Promise<boolean> {
    const listen = this.#listen
    this.#listen = undefined
    listen?.()
    while (this.#size <= size && !this.#ended) {
      const more = new Promise<void>((resolve) => this.#waiting.push(resolve))
      this.#settle(undefined)
      await more
    }
    return this.#size > size
  }

  /** For who holds the packets: settles to what was decided, or to `undefined` when more has to be heard first. */
  judgement(): Promise<Judgement | undefined> {
    if (this.#decided !== undefined) return Promise.resolve(this.#decided)
    return new Promise((resolve) => {
      this.#resume = resolve
      if (this.#waiting.length > 0) this.#settle(undefined)
    })
  }

  /** What was said was judged. */
  decide(judgement: Judgement): void {
    this.#decided = judgement
    this.#settle(judgement)
    this.end()
  }

  #settle(judgement: Judgement | undefined): void {
    const resume = this.#resume
    this.#resume = undefined
    resume?.(judgement)
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}
