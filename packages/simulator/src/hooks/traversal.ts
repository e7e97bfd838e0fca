import { verdict as verdicts } from '@nfkit/netlink-codec'
import type { Packet } from '../packet.ts'
import type { Enqueued } from '../queue/queue-table.ts'
import type { Reason } from './outcome.ts'
import { bypassFlag, type HookFunction, verdictMask } from './priority.ts'

/** What the journey needs of the rest of the kernel. */
export interface TraversalHost {
  /** The functions at a hook point, in order. */
  hooks(family: number, hook: number): readonly HookFunction[]
  enqueue(packet: Packet, queue: number): Enqueued
  /** Look at the packet again after user space had it. */
  resume(packet: Packet): void
}

/** Packets go from function to function and from hook point to hook point (nf_iterate, nf_reinject; net/netfilter/nf_queue.c). */
export class Traversal {
  readonly #host: TraversalHost

  constructor(host: TraversalHost) {
    this.#host = host
  }

  start(packet: Packet): void {
    this.#iterate(packet, 0)
  }

  /** Go on after a verdict. Bits above the low byte make ACCEPT skip the rest of the hook point, as STOP does. */
  reinject(packet: Packet, verdict: number, reason: Reason): void {
    const { hook } = packet
    const continues = verdict === verdicts.accept || verdict === verdicts.repeat || verdict === verdicts.stop
    if (continues) this.#host.resume(packet)
    if (packet.leftBridge) {
      packet.finish('drop', 'left bridge')
      return
    }
    packet.passed = reason
    const hooks = this.#here(packet)
    const at = hook ? hooks.indexOf(hook) : -1
    const result = verdict === verdicts.repeat && hook ? hook.run(packet) : verdict
    if (result === verdicts.accept) this.#iterate(packet, at + 1)
    else this.#conclude(packet, result, at, verdict === verdicts.repeat ? 'rule' : reason)
  }

  #here(packet: Packet): readonly HookFunction[] {
    return this.#host.hooks(packet.family, packet.hookNumber)
  }

  #iterate(packet: Packet, from: number): void {
    const hooks = this.#here(packet)
    for (let at = from; at < hooks.length; at++) {
      packet.hook = hooks[at]!
      const verdict = packet.hook.run(packet)
      if (verdict !== verdicts.accept) {
        this.#conclude(packet, verdict, at, 'rule')
        return
      }
    }
    this.#next(packet)
  }

  /** Act on a verdict that is not plain ACCEPT. */
  #conclude(packet: Packet, verdict: number, at: number, reason: Reason): void {
    switch (verdict & verdictMask) {
      case verdicts.accept:
      case verdicts.stop:
        this.#next(packet)
        break
      case verdicts.queue:
        this.#queue(packet, verdict, at)
        break
      default:
        packet.finish('drop', packet.dropReason ?? reason)
    }
  }

  #queue(packet: Packet, verdict: number, at: number): void {
    const enqueued = this.#host.enqueue(packet, verdict >>> 16)
    if (enqueued === 'queued') return
    if (enqueued === 'no listener' && (verdict & bypassFlag) !== 0) {
      packet.passed = 'bypass'
      this.#iterate(packet, at + 1)
    } else {
      packet.finish('drop', enqueued)
    }
  }

  /** On to the next hook point, or out. */
  #next(packet: Packet): void {
    if (packet.point + 1 < packet.route.points.length) {
      packet.point++
      this.#iterate(packet, 0)
    } else {
      packet.finish('accept', packet.passed)
    }
  }
}
