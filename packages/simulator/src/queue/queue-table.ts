import { copyMode, queueFlags, verdict as verdicts } from '@nfkit/netlink-codec'
import type { Reason } from '../hooks/outcome.ts'
import type { Packet } from '../packet.ts'
import type { Profile } from '../profile.ts'
import { type ConnectionPart, packetMessage } from './packet-message.ts'
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
  reinject(packet: Packet, verdict: number, reason: Reason): void
  hold(packet: Packet): void
  released(packet: Packet): void
}

/** What became of the attempt to queue a packet: it waits, or it ends for this reason. `bypass` is up to the rule. */
export type Enqueued = 'queued' | 'no listener' | 'copy mode none' | 'queue full' | 'socket full' | 'shared connection'

/** All queues of the namespace. */
export class Queues {
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
      for (const [id, packet] of queue.waiting) {
        if (!matches(packet)) continue
        queue.waiting.delete(id)
        this.#host.released(packet)
        packet.finish('drop', reason)
      }
    }
  }

  /** Take a packet out of its queue to judge it. */
  take(queue: Queue, id: number): Packet | undefined {
    const packet = queue.waiting.get(id)
    if (!packet) return undefined
    queue.waiting.delete(id)
    this.#host.released(packet)
    return packet
  }

  /** Hand a packet to a queue (nfqnl_enqueue_packet). */
  enqueue(packet: Packet, number: number): Enqueued {
    const queue = this.#queues.get(number)
    if (!queue) return 'no listener'
    if (queue.copyMode === copyMode.none) return 'copy mode none'
    if (packet.segmentSize === 0 || queue.flags & queueFlags.gso) return this.#enqueueOne(queue, packet)
    return this.#enqueueSegments(queue, packet)
  }

  #enqueueOne(queue: Queue, packet: Packet): Enqueued {
    const host = this.#host
    if (host.profile.dropsSharedUnconfirmed && packet.cloned && packet.connection?.confirmed === false)
      return 'shared connection'
    if (queue.waiting.size >= queue.maxLength) {
      if (this.#failOpen(queue, packet)) return 'queued'
      queue.dropped++
      return 'queue full'
    }
    const id = queue.nextId()
    const ct = queue.flags & queueFlags.conntrack ? host.connectionPart(packet) : undefined
    const message = packetMessage(queue, packet, id, ct, host.profile.classid)
    if (host.unicast(queue.portId, message) !== 0) {
      if (this.#failOpen(queue, packet)) return 'queued'
      queue.userDropped++
      return 'socket full'
    }
    packet.queueId = id
    packet.stays.push({ queue: queue.number, id })
    queue.waiting.set(id, packet)
    host.hold(packet)
    return 'queued'
  }

  #failOpen(queue: Queue, packet: Packet): boolean {
    if (!(queue.flags & queueFlags.failOpen)) return false
    this.#host.reinject(packet, verdicts.accept, 'fail open')
    return true
  }

  /** Once one segment is refused the rest is, too (__nfqnl_enqueue_packet_gso). */
  #enqueueSegments(queue: Queue, packet: Packet): Enqueued {
    let state: Enqueued = 'queued'
    for (const part of segment(packet)) {
      if (state === 'queued') state = this.#enqueueOne(queue, part)
      if (state !== 'queued') part.finish('drop', state)
    }
    return 'queued'
  }
}
