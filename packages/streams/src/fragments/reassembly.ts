import type { IpPacket } from '@nfkit/ip-codec'
import type { Fate } from '../fate.ts'
import { Datagram } from './datagram.ts'
import { fragmentOf } from './fragment.ts'
import { type Arrived, Joined } from './joined.ts'

/** What is kept of packets whose fragments are coming. */
export interface FragmentLimits {
  /** Packets; beyond them the oldest is left to the queue. */
  readonly datagrams: number
  /** Bytes of all fragments; beyond them the oldest packets are left to the queue. */
  readonly bytes: number
  /** Fragments of one packet; one with more is dropped. */
  readonly each: number
  /** How long all fragments of a packet may take to come: 30,000 by default, as in Linux (ipfrag_time). */
  readonly milliseconds: number
}

/** A packet whose fragments are coming, and since when. */
interface Pending {
  readonly datagram: Datagram<Arrived>
  readonly since: number
}

/** Puts fragments together, each packet within its time. */
export class Reassembly {
  readonly #limits: FragmentLimits
  /** In order of their first fragments. */
  readonly #pending = new Map<string, Pending>()
  #bytes = 0

  constructor(limits: FragmentLimits) {
    this.#limits = limits
  }

  /** Packets whose fragments are coming. */
  get size(): number {
    return this.#pending.size
  }

  /**
   * Take a fragment. Returns the whole packet when it was the last one; `waits` when others are missing; or why it is dropped, alone or
   * with those before it, which this does not do to itself.
   */
  take(ip: IpPacket, arrived: Arrived, now: number): Joined | 'waits' | Fate {
    this.expire(now)
    const fragment = fragmentOf(ip)
    if (fragment === undefined) return 'malformed'
    const { key } = fragment
    const pending = this.#pending.get(key) ?? { datagram: new Datagram<Arrived>(this.#limits.each), since: now }
    const { datagram } = pending
    this.#pending.set(key, pending)
    const fit = datagram.add(fragment, arrived)
    if (fit === 'repeated') return 'held'
    if (fit !== 'fits') {
      this.#end(datagram, (one) => one.packet.drop())
      return fit
    }
    this.#bytes += fragment.data.length
    if (datagram.isWhole) return this.#whole(key, datagram)
    this.#makeRoom(key)
    return this.#pending.has(key) ? 'waits' : 'gaveUp'
  }

  /** Leave packets to the queue whose fragments did not come in time. */
  expire(now: number): void {
    for (const [key, { since }] of this.#pending) {
      if (now - since < this.#limits.milliseconds) return
      this.#forget(key)
    }
  }

  /** Leave all to the queue. */
  clear(): void {
    for (const key of [...this.#pending.keys()]) this.#forget(key)
  }

  #whole(key: string, datagram: Datagram<Arrived>): Joined | Fate {
    const ip = datagram.joined()
    this.#pending.delete(key)
    this.#bytes -= datagram.bytes
    if (ip !== undefined) return new Joined(ip, datagram.parts)
    for (const { carried } of datagram.parts) {
      carried.packet.drop()
      carried.settled()
    }
    return 'malformed'
  }

  /** The oldest go; one that is larger than all there is goes itself. */
  #makeRoom(latest: string): void {
    for (const key of this.#pending.keys()) {
      if (this.#pending.size <= this.#limits.datagrams && this.#bytes <= this.#limits.bytes) return
      if (key !== latest || this.#bytes > this.#limits.bytes) this.#forget(key)
    }
  }

  #forget(key: string): void {
    const { datagram } = this.#pending.get(key)!
    this.#pending.delete(key)
    this.#end(datagram, () => {})
  }

  /** Nothing of it waits any more; a problem is remembered for what still comes. */
  #end(datagram: Datagram<Arrived>, judge: (arrived: Arrived) => void): void {
    this.#bytes -= datagram.bytes
    datagram.bytes = 0
    for (const { carried } of datagram.parts.splice(0)) {
      judge(carried)
      carried.settled()
    }
  }
}
