import type { Flow } from '@nfkit/netlink-codec/conntrack'
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

  /** Give the packet its flow: at once when it is known, or not asked for, else when the kernel has answered. */
  resolve(packet: Packet): void {
    let asked: Promise<Flow | undefined> | undefined
    try {
      const { tuple } = packet
      if (!packet.flow && tuple) {
        const known = this.#source.peek(tuple)
        if (known) packet.join(known)
        else asked = this.#source.get(tuple, packet)
      }
    } catch (error) {
      this.#owner.failed(error)
    }
    if (asked) this.#answered(packet, asked)
    else this.#owner.ready(packet)
  }

  async #answered(packet: Packet, asked: Promise<Flow | undefined>): Promise<void> {
    try {
      const flow = await asked
      if (flow && !packet.judged) packet.join(flow)
    } catch (error) {
      this.#owner.failed(error)
    }
    this.#owner.ready(packet)
  }
}
