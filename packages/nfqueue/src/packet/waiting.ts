import type { Packet } from './packet.ts'

/** So many places at the front may be empty before those behind move up. */
const slack = 1_024

/** Packets in a row: as many as a socket holds, when a queue is taken over. An array's own `shift` would move all of them for each. */
export class Waiting {
  readonly #packets: (Packet | undefined)[] = []
  #first = 0

  get length(): number {
    return this.#packets.length - this.#first
  }

  push(packet: Packet): void {
    this.#packets.push(packet)
  }

  /** The oldest, taken out; `undefined` when there is none. */
  shift(): Packet | undefined {
    const packet = this.#packets[this.#first]
    if (packet === undefined) return undefined
    this.#packets[this.#first++] = undefined
    if (this.length === 0 || (this.#first >= slack && 2 * this.#first > this.#packets.length)) this.#moveUp()
    return packet
  }

  /** The oldest, at most `limit`, taken out. */
  take(limit: number): Packet[] {
    this.#moveUp()
    return this.#packets.splice(0, limit) as Packet[]
  }

  /** Take one out, if it is among them. */
  remove(packet: Packet): void {
    const at = this.#packets.indexOf(packet, this.#first)
    if (at === this.#first) this.shift()
    else if (at > 0) this.#packets.splice(at, 1)
  }

  clear(): void {
    this.#packets.length = this.#first = 0
  }

  #moveUp(): void {
    this.#packets.splice(0, this.#first)
    this.#first = 0
  }
}
