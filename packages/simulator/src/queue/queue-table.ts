import { verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import { copyMode, queueFlags } from '@nfkit/netlink-codec/nfqueue'
import type { Journey } from '../hooks/journey.ts'
import type { Reason } from '../hooks/outcome.ts'
import type { Enqueued } from '../hooks/traversal.ts'
import type { Packet } from '../packet.ts'
import type { ConnectionPart } from '../packet-message/connection-part.ts'
import type { Profile } from '../profile.ts'
import { packetMessage } from './packet-message.ts'
import { Queue } from './queue.ts'
import { segment } from './segment.ts'

/** What the queues need of the rest of the kernel. */
export interface QueueHost {
  readonly profile: Profile
  /** Send to a port: 0, or why it did not get there. */
  unicast(portId: number, message: Uint8Array): number
  /** What a packet message says of the packet's connection. */
  connectionPart(packet: Packet): ConnectionPart | undefined
  /** Let a packet go on with a verdict. */
  reinject(journey: Journey, verdict: number, reason: Reason): void
  /** A packet waits from now on. */
  enter(journey: Journey): void
  /** It no longer does. */
  leave(journey: Journey): void
}

/** All queues of the namespace. */
export class QueueTable {
  readonly #host: QueueHost
  readonly #queues = new Map<number, Queue>()

  constructor(host: QueueHost) {
    this.#host = host
  }

  at(number: number): Queue | undefined {
    return this.#queues.get(number)
  }

  get list(): Iterable<Queue> {
    return this.#queues.values()
  }

  create(number: number, portId: number): Queue {
    const queue = new Queue(number, portId)
    this.#queues.set(number, queue)
    return queue
  }

  /** Drop what waits, and forget the queue. */
  destroy(queue: Queue, reason: Reason): void {
    this.#queues.delete(queue.number)
    this.drop([queue], () => true, reason)
  }

  closed(portId: number): void {
    for (const queue of [...this.#queues.values()]) if (queue.portId === portId) this.destroy(queue, 'owner closed')
  }

  /** Drop the waiting packets that `matches`, which is how all mass removals work: nothing is ever reinjected. */
  drop(queues: Iterable<Queue>, matches: (packet: Packet) => boolean, reason: Reason): void {
    for (const queue of queues) {
      for (const [id, journey] of queue.waiting) {
        if (!matches(journey.packet)) continue
        queue.waiting.delete(id)
        this.#host.leave(journey)
        journey.finish('drop', reason)
      }
    }
  }

  /** Take a packet out of its queue to judge it. */
  take(queue: Queue, id: number): Journey | undefined {
    const journey = queue.waiting.get(id)
    if (!journey) return undefined
    queue.waiting.delete(id)
    this.#host.leave(journey)
    return journey
  }

  /** Hand a packet to a queue (nfqnl_enqueue_packet). */
  enqueue(journey: Journey, number: number): Enqueued {
    const queue = this.#queues.get(number)
    if (!queue) return 'no listener'
    if (queue.copyMode === copyMode.none) return 'copy mode none'
    const { cloned, connection } = journey.packet
    const isShared = (this.#host.profile.dropsSharedUnconfirmed && cloned) || (connection?.references ?? 0) > 0
    if (connection?.confirmed === false && isShared) return 'shared connection'
    if (journey.packet.segmentSize === 0 || queue.flags & queueFlags.gso) return this.#enqueueOne(queue, journey)
    return this.#enqueueSegments(queue, journey)
  }

  #enqueueOne(queue: Queue, journey: Journey): Enqueued {
    const host = this.#host
    const ct = queue.flags & queueFlags.conntrack ? host.connectionPart(journey.packet) : undefined
    // The message comes first, and completes the checksum, even where there is no room for the packet.
    const message = packetMessage(queue, journey, queue.followingId, ct, host.profile.classid)
    if (queue.waiting.size >= queue.maxLength) {
      if (this.#failOpen(queue, journey)) return 'queued'
      queue.dropped++
      return 'queue full'
    }
    const id = queue.nextId()
    if (host.unicast(queue.portId, message) !== 0) {
      if (this.#failOpen(queue, journey)) return 'queued'
      queue.userDropped++
      return 'socket full'
    }
    journey.stay({ queue: queue.number, id })
    queue.waiting.set(id, journey)
    host.enter(journey)
    return 'queued'
  }

  #failOpen(queue: Queue, journey: Journey): boolean {
    if (!(queue.flags & queueFlags.failOpen)) return false
    this.#host.reinject(journey, verdicts.accept, 'fail open')
    return true
  }

  /** Once one segment is refused the rest is, too (__nfqnl_enqueue_packet_gso). */
  #enqueueSegments(queue: Queue, journey: Journey): Enqueued {
    let state: Enqueued = 'queued'
    for (const part of segment(journey)) {
      if (state === 'queued') state = this.#enqueueOne(queue, part)
      if (state !== 'queued') part.finish('drop', state)
    }
    return 'queued'
  }
}
