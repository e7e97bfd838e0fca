import type { Masked, Tuple } from '@nfkit/inet'
import type { Packet } from '../packet/packet.ts'
import type { FlowSource } from './source.ts'

/** What connmarks need of their queue. */
export interface ConnmarksOwner {
  /** Something about a mark went wrong; the packet is released all the same. May be the same for every packet. */
  failed(error: unknown): void
  /** The same, of which no more will be said. */
  trouble(error: Error): void
  /** Call `again` when verdicts can be sent; never when the socket is closed. */
  retry(again: () => void): void
  /** Resolves when every verdict so far has been sent, or none can be any more. */
  emptied(): Promise<void>
}

/**
 * Packets whose verdict waits until their connmark is set through the flow source. They stay pending until they are released, so
 * that the deadline bounds the wait.
 */
export class Connmarks {
  readonly #source: FlowSource
  readonly #owner: ConnmarksOwner
  readonly #waiting = new Map<Packet, () => void>()
  readonly #setting = new Set<Promise<void>>()
  #hasToldUnmarked = false

  constructor(source: FlowSource, owner: ConnmarksOwner) {
    this.#source = source
    this.#owner = owner
  }

  /**
   * Settle the packet, set the mark of its connection, then call `release`, which gives the verdict or throws where it cannot be sent.
   */
  set(packet: Packet, connmark: number | Masked, release: () => void): void {
    const { tuple } = packet
    const mark = typeof connmark === 'number' ? connmark : { value: connmark.value, mask: connmark.mask ?? 0xffff_ffff }
    packet.settle('judged')
    packet.letGo()
    this.#waiting.set(packet, release)
    const setting = this.#set(packet, tuple, mark)
    this.#setting.add(setting)
    setting.then(() => this.#setting.delete(setting))
  }

  /** Give the verdict without waiting any longer, and say so. Nothing happens when the packet does not wait. */
  expire(packet: Packet, why: string): void {
    if (!this.#waiting.has(packet)) return
    this.#owner.failed(
      new Error(`packet ${packet.id}: its connmark was not set ${why}; it was released without: see the flow source`),
    )
    this.#release(packet)
  }

  /** The packet was judged otherwise. */
  remove(packet: Packet): void {
    this.#waiting.delete(packet)
  }

  /** Resolves when no mark waits to be set, after so long at most; verdicts that wait then are released without their mark. */
  async close(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, milliseconds)
    })
    await Promise.race([Promise.all(this.#setting), late])
    clearTimeout(timer)
    for (const packet of [...this.#waiting.keys()]) this.expire(packet, 'before the queue was closed')
  }

  /** A connection's first packet has no entry before it is released: its mark is set right after. Never rejects. */
  async #set(packet: Packet, tuple: Tuple | undefined, mark: number | Required<Masked>): Promise<void> {
    try {
      const done = tuple !== undefined && (await this.#source.setMark(tuple, mark))
      this.#release(packet)
      if (done) return
      await this.#owner.emptied()
      if (!tuple || !(await this.#source.setMark(tuple, mark))) this.#unmarked(packet.id)
    } catch (error) {
      this.#owner.failed(error)
      this.#release(packet)
    }
  }

  /** A kernel that joins packets itself ignores the mark of one without connection; here the first is told. */
  #unmarked(id: number): void {
    if (this.#hasToldUnmarked) return
    this.#hasToldUnmarked = true
    const advice = 'it is not tracked, invalid, or between two translations; others like it are not told'
    this.#owner.trouble(new Error(`packet ${id}: no connection to set the connmark on: ${advice}`))
  }

  #release(packet: Packet): void {
    const release = this.#waiting.get(packet)
    if (release === undefined) return
    try {
      release()
    } catch {
      // The socket takes nothing, which is told elsewhere.
      this.#owner.retry(() => this.#release(packet))
      return
    }
    this.#waiting.delete(packet)
  }
}
