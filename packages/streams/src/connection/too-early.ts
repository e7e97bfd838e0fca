import type { Aside, Holder, Share } from '../hold/aside.ts'
import type { ConnectionVerdict } from '../hold/verdict.ts'

/** Packets of a stream that came before those in front of them, where packets go on in order only. */
export class TooEarly implements Holder {
  readonly #share: Share
  readonly #limit: number
  #packets: Aside[] = []

  constructor(share: Share, limit: number) {
    this.#share = share
    this.#limit = limit
  }

  /** Keep a packet until what is before it has come. `false` when there is no room: its sender sends it again. */
  put(packet: Aside): boolean {
    if (this.#packets.length >= this.#limit || !this.#share.take(this)) return false
    this.#packets.push(packet)
    return true
  }

  /** Let those go whose data ends at a position or before. */
  release(position: number, verdict: ConnectionVerdict): void {
    if (this.#packets.length === 0) return
    const ready = this.#packets.filter(({ end }) => end <= position).sort((a, b) => a.end - b.end)
    if (ready.length === 0) return
    this.#packets = this.#packets.filter(({ end }) => end > position)
    this.#share.give(this, ready.length, this.#packets.length === 0)
    for (const packet of ready) packet.release(verdict)
  }

  /** There is no room for them: their sender sends them again. */
  yield(): void {
    this.release(Number.POSITIVE_INFINITY, 'drop')
  }
}
