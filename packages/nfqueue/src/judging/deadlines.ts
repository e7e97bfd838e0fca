import { throwAside } from '@nfkit/netlink-transport'
import type { Burst } from '../packet/burst.ts'
import type { Packet } from '../packet/packet.ts'
import { idle } from '../platform.ts'

/** The longest delay a timer takes. */
const farAway = 0x7fff_ffff

/** The ends of a list. */
interface Ends {
  oldest: Packet | undefined
  newest: Packet | undefined
}

/** Packets whose verdict has not been given, oldest first, and the timer that runs out for the oldest. */
export class Deadlines {
  // A list through the packets themselves: nothing is allocated for one that waits. Its ends are in an object as new as the burst: V8 notes for its
  // collector each store of a new object in an old one.
  #ends: Ends = { oldest: undefined, newest: undefined }
  /** What the packets of the newest burst have in common. */
  #burst: Burst | undefined
  #size = 0
  readonly #deadlineMilliseconds: number
  readonly #expire: (late: readonly Packet[]) => void
  #timer: NodeJS.Timeout | undefined

  /** `expire` hears of those that are late, all at once: none of them is to be begun because another one has ended. */
  constructor(deadlineMilliseconds: number, expire: (late: readonly Packet[]) => void) {
    this.#deadlineMilliseconds = deadlineMilliseconds
    this.#expire = expire
  }

  get size(): number {
    return this.#size
  }

  add(packet: Packet): void {
    if (packet.burst !== this.#burst) this.#begin(packet.burst)
    const ends = this.#ends
    const { newest } = ends
    if (newest === undefined) {
      ends.oldest = packet
    } else {
      packet.earlier = newest
      newest.later = packet
    }
    ends.newest = packet
    this.#size++
    if (this.#timer === undefined) this.#wind(packet)
  }

  /** It was added before, and not removed. Most packets are alone, and cost two stores. */
  remove(packet: Packet): void {
    const { earlier, later } = packet
    if (earlier === undefined) {
      this.#ends.oldest = later
    } else {
      earlier.later = later
      packet.earlier = undefined
    }
    if (later === undefined) {
      this.#ends.newest = earlier
    } else {
      later.earlier = earlier
      packet.later = undefined
    }
    this.#size--
  }

  /** The packets, oldest first, as of now. */
  values(): Packet[] {
    const all: Packet[] = []
    for (let packet = this.#ends.oldest; packet !== undefined; packet = packet.later) all.push(packet)
    return all
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #begin(burst: Burst): void {
    const { oldest, newest } = this.#ends
    this.#ends = { oldest, newest }
    this.#burst = burst
  }

  #tell(late: readonly Packet[]): void {
    try {
      this.#expire(late)
    } catch (error) {
      throwAside(error)
    }
  }

  /** One timer for all: it is wound for the oldest packet, whether or not that is judged before. */
  #wind(oldest: Packet): void {
    if (this.#deadlineMilliseconds === Number.POSITIVE_INFINITY) return
    const left = oldest.arrivedAt + this.#deadlineMilliseconds - performance.now()
    this.#timer = idle(setTimeout(() => this.#sweep(), Math.min(Math.max(left, 0), farAway)))
  }

  #sweep(): void {
    this.#timer = undefined
    const due = performance.now() - this.#deadlineMilliseconds
    const late: Packet[] = []
    for (let packet = this.#ends.oldest; packet && packet.arrivedAt <= due; packet = packet.later) late.push(packet)
    if (late.length > 0) this.#tell(late)
    // Those that are late and still here wait for the socket, not for a timer.
    let next = this.#ends.oldest
    while (next && next.arrivedAt <= due) next = next.later
    if (next && this.#timer === undefined) this.#wind(next)
  }
}
