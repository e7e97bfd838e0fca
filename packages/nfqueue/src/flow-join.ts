import type { Masked } from './changes.ts'
import type { FlowSource } from './flow-source.ts'
import type { Packet } from './packet.ts'

/** Packets and connections of a kernel that does not join them itself. */
export class FlowJoin {
  readonly #source: FlowSource
  readonly #failed: (error: unknown) => void
  #hasToldUnmarked = false

  constructor(source: FlowSource, failed: (error: unknown) => void) {
    this.#source = source
    this.#failed = failed
  }

  /** Give the packet its flow, then call `ready`: at once when the flow is known, else when the kernel has answered. */
  resolve(packet: Packet, ready: () => void): void {
    const { tuple } = packet
    const known = tuple && this.#source.peek(tuple)
    if (known) packet.join(known)
    if (known || !tuple) {
      ready()
      return
    }
    this.#source
      .get(tuple)
      .then((flow) => {
        if (flow && !packet.judged) packet.join(flow)
      }, this.#failed)
      .then(ready)
  }

  /**
   * Set the connmark of the packet's connection, then call `release`. A connection's first packet has no entry before it is released:
   * its mark is set right after.
   */
  async mark(packet: Packet, connmark: number | Masked, release: () => void): Promise<void> {
    const { tuple, id } = packet
    const mark = typeof connmark === 'number' ? connmark : { value: connmark.value, mask: connmark.mask ?? 0xffff_ffff }
    const set = async () => tuple !== undefined && (await this.#source.setMark(tuple, mark))
    try {
      const done = await set()
      release()
      if (!done && !(await set())) this.#unmarked(id)
    } catch (error) {
      release()
      this.#failed(error)
    }
  }

  /** A kernel that joins packets itself ignores the mark of one without connection; here the first is told. */
  #unmarked(id: number): void {
    if (this.#hasToldUnmarked) return
    this.#hasToldUnmarked = true
    const advice = 'it is not tracked, invalid, or between two translations; others like it are not told'
    this.#failed(new Error(`packet ${id}: no connection to set the connmark on: ${advice}`))
  }
}
