import type { Tuple } from '@nfkit/inet'
import type { Packet } from '../packet/packet.ts'
import type { FlowSource } from './source.ts'

/** What a join needs of its queue. */
export interface FlowJoinOwner {
  /** The source failed; the packet goes on without its flow. */
  failed(error: unknown): void
  /** The packet has its flow, if there is one. */
  ready(packet: Packet): void
}

/** Packets and their connections, on a kernel that does not join them itself. */
export class FlowJoin {
  readonly #source: FlowSource
  readonly #owner: FlowJoinOwner

  constructor(source: FlowSource, owner: FlowJoinOwner) {
    this.#source = source
    this.#owner = owner
  }

  /** Give the packet its flow: at once when it is known, else when the kernel has answered. */
  resolve(packet: Packet): void {
    let unknown: Tuple | undefined
    try {
      if (!packet.flow) {
        const { tuple } = packet
        const known = tuple && this.#source.peek(tuple)
        if (known) packet.join(known)
        else unknown = tuple
      }
    } catch (error) {
      this.#owner.failed(error)
    }
    if (unknown) this.#ask(packet, unknown)
    else this.#owner.ready(packet)
  }

  async #ask(packet: Packet, tuple: Tuple): Promise<void> {
    try {
      const flow = await this.#source.get(tuple)
      if (flow && !packet.judged) packet.join(flow)
    } catch (error) {
      this.#owner.failed(error)
    }
    this.#owner.ready(packet)
  }
}
