import { hook, verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import type { Packet } from '../packet.ts'
import type { HookFunction, Journey } from './journey.ts'
import type { Reason } from './outcome.ts'
import { bypassFlag, verdictMask } from './verdict.ts'

/** What became of the attempt to queue a packet: it waits, or it ends for this reason. `bypass` is up to the rule. */
export type Enqueued = 'queued' | 'no listener' | 'copy mode none' | 'queue full' | 'socket full' | 'shared connection'

/** What the journey needs of the rest of the kernel. */
export interface TraversalHost {
  /** The functions at a hook point, in order. */
  hooks(family: number, hook: number): readonly HookFunction[]
  enqueue(journey: Journey, queue: number): Enqueued
  /** Look at the packet again after user space had it. False drops it. */
  resume(packet: Packet): boolean
  /** What a packet is when a device sends it: itself, or segments. None, when it cannot be sent. */
  leave(journey: Journey): readonly Journey[]
  /** The packet is on its way to another machine. False when it comes no further: its hops are used up. */
  forward(journey: Journey): boolean
  /** The packet comes back in over the loopback device. False when IP drops it. */
  arrive(packet: Packet): boolean
}

/** Packets go from function to function and from hook point to hook point (nf_iterate, nf_reinject; net/netfilter/nf_queue.c). */
export class Traversal {
  readonly #host: TraversalHost

  constructor(host: TraversalHost) {
    this.#host = host
  }

  start(journey: Journey): void {
    this.#iterate(journey, 0)
  }

  /** Go on after a verdict. Bits above the low byte make ACCEPT skip the rest of the hook point, as STOP does. */
  reinject(journey: Journey, verdict: number, reason: Reason): void {
    const { hook, packet } = journey
    if (packet.isStray && (verdict & verdictMask) !== verdicts.drop) {
      journey.finish('drop', 'shared connection')
      return
    }
    const continues = verdict === verdicts.accept || verdict === verdicts.repeat || verdict === verdicts.stop
    if (continues && !this.#host.resume(packet)) {
      journey.finish('drop', 'conntrack')
      return
    }
    if (journey.leftBridge) {
      journey.finish('drop', 'left bridge')
      return
    }
    journey.passed = reason
    // The kernel remembers the place, and not the function: one that was put before it meanwhile pushes it there.
    const result = verdict === verdicts.repeat ? this.#here(journey)[hook]!.run(journey) : verdict
    // What is accepted, and nothing else, is routed again where its addresses are others now (nf_reroute).
    if (result === verdicts.accept && journey.isLost) journey.finish('drop', 'bad payload')
    else if (result === verdicts.accept) this.#iterate(journey, hook + 1)
    else this.#conclude(journey, result, hook, verdict === verdicts.repeat ? 'rule' : reason)
  }

  #here(journey: Journey): readonly HookFunction[] {
    return this.#host.hooks(journey.packet.family, journey.hookNumber)
  }

  #iterate(journey: Journey, from: number): void {
    const hooks = this.#here(journey)
    for (let at = from; at < hooks.length; at++) {
      journey.hook = at
      const verdict = hooks[at]!.run(journey)
      if (verdict !== verdicts.accept) {
        this.#conclude(journey, verdict, at, 'rule')
        return
      }
    }
    this.#next(journey)
  }

  /** Act on a verdict that is not plain ACCEPT. */
  #conclude(journey: Journey, verdict: number, at: number, reason: Reason): void {
    switch (verdict & verdictMask) {
      case verdicts.accept:
      case verdicts.stop:
        this.#next(journey)
        break
      case verdicts.queue:
        this.#queue(journey, verdict, at)
        break
      case verdicts.stolen:
        break
      default:
        journey.finish('drop', this.#here(journey)[at]?.reason ?? reason)
    }
  }

  #queue(journey: Journey, verdict: number, at: number): void {
    const enqueued = this.#host.enqueue(journey, verdict >>> 16)
    if (enqueued === 'queued') return
    if (enqueued === 'no listener' && (verdict & bypassFlag) !== 0) {
      journey.passed = 'bypass'
      this.#iterate(journey, at + 1)
    } else {
      journey.finish('drop', enqueued)
    }
  }

  /** On to the next hook point, or out. */
  #next(journey: Journey): void {
    if (journey.hookNumber !== hook.postrouting) this.#pass(journey)
    else for (const part of this.#host.leave(journey)) this.#pass(part)
  }

  #pass(journey: Journey): void {
    if (journey.point + 1 === journey.route.points.length) {
      journey.finish('accept', journey.passed)
      return
    }
    journey.point++
    if (journey.comesBack && !this.#host.arrive(journey.packet)) journey.finish('drop', 'malformed')
    else if (journey.hookNumber === hook.forward && !this.#host.forward(journey)) journey.finish('drop', 'hop limit')
    else this.#iterate(journey, 0)
  }
}
