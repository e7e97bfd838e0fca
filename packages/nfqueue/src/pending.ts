import type { Packet } from './packet.ts'

/** Packets without verdict, oldest first, and the timer that runs out for the oldest. */
export class Pending {
  // A list through the packets themselves: nothing is allocated for one that waits.
  #oldest: Packet | undefined
  #newest: Packet | undefined
  #size = 0
  readonly #deadlineMilliseconds: number
  readonly #expire: (packet: Packet) => void
  #timer: NodeJS.Timeout | undefined

  constructor(deadlineMilliseconds: number, expire: (packet: Packet) => void) {
    this.#deadlineMilliseconds = deadlineMilliseconds
    this.#expire = expire
  }

  get size(): number {
    return this.#size
  }

  add(packet: Packet): void {
    packet.earlier = this.#newest
    if (this.#newest === undefined) this.#oldest = packet
    else this.#newest.later = packet
    this.#newest = packet
    this.#size++
    if (this.#timer === undefined) this.#wind(packet)
  }

  /** Nothing happens when it was never added. */
  remove(packet: Packet): void {
    const { earlier, later } = packet
    if (earlier === undefined && this.#oldest !== packet) return
    if (earlier === undefined) this.#oldest = later
    else earlier.later = later
    if (later === undefined) this.#newest = earlier
    else later.earlier = earlier
    packet.earlier = packet.later = undefined
    this.#size--
  }

  /** The packets, oldest first, as of now. */
  values(): Packet[] {
    const all: Packet[] = []
    for (let packet = this.#oldest; packet !== undefined; packet = packet.later) all.push(packet)
    return all
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
    for (const packet of this.values()) {
      if (packet.arrivedAt > due) {
        this.#wind(packet)
        return
      }
      this.#expire(packet)
    }
  }
}
