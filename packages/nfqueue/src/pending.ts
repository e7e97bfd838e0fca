import type { Packet } from './packet.ts'

/** Packets without verdict, oldest first, and the timer that runs out for the oldest. */
export class Pending {
  readonly #packets = new Map<number, Packet>()
  readonly #deadlineMilliseconds: number
  readonly #expire: (packet: Packet) => void
  #timer: NodeJS.Timeout | undefined

  constructor(deadlineMilliseconds: number, expire: (packet: Packet) => void) {
    this.#deadlineMilliseconds = deadlineMilliseconds
    this.#expire = expire
  }

  get size(): number {
    return this.#packets.size
  }

  add(packet: Packet): void {
    this.#packets.set(packet.id, packet)
    if (this.#timer === undefined) this.#wind(packet)
  }

  remove(packet: Packet): void {
    if (this.#packets.size > 0) this.#packets.delete(packet.id)
  }

  /** The packets, oldest first; judging them while walking is fine. */
  values(): IterableIterator<Packet> {
    return this.#packets.values()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** One timer for all: it is wound for the oldest packet, whether or not that is judged before. */
  #wind(oldest: Packet): void {
    if (this.#deadlineMilliseconds === Number.POSITIVE_INFINITY) return
    const left = oldest.arrivedAt + this.#deadlineMilliseconds - performance.now()
    this.#timer = setTimeout(() => this.#sweep(), Math.max(left, 0)).unref()
  }

  #sweep(): void {
    this.#timer = undefined
    const due = performance.now() - this.#deadlineMilliseconds
    for (const packet of this.#packets.values()) {
      if (packet.arrivedAt > due) {
        this.#wind(packet)
        return
      }
      this.#expire(packet)
    }
  }
}
