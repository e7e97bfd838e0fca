import type { Masked } from './changes.ts'
import { type FlowSource, tupleOf } from './flow-source.ts'
import type { Packet } from './packet.ts'

/** Packets and connections of a kernel that does not join them itself. */
export class FlowJoin {
  readonly #source: FlowSource
  readonly #failed: (error: unknown) => void

  constructor(source: FlowSource, failed: (error: unknown) => void) {
    this.#source = source
    this.#failed = failed
  }

  /** Give the packet its flow, then call `ready`: at once when the flow is known, else when the kernel has answered. */
  resolve(packet: Packet, ready: () => void): void {
    const { ip } = packet
    const tuple = ip && tupleOf(ip)
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
    const { ip, id } = packet
    const tuple = ip && tupleOf(ip)
    const mark = typeof connmark === 'number' ? connmark : { value: connmark.value, mask: connmark.mask ?? 0xffff_ffff }
    const set = async () => tuple !== undefined && (await this.#source.setMark(tuple, mark))
    try {
      const done = await set()
      release()
      if (!done && !(await set())) this.#failed(new Error(`packet ${id}: no connection to set the connmark on`))
    } catch (error) {
      release()
      this.#failed(error)
    }
  }
}
