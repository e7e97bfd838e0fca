import type { UnjudgedReason } from '../errors.ts'
import type { Packet } from '../packet/packet.ts'
import { Waiting } from '../packet/waiting.ts'
import { Calls, type CallsOwner } from './calls.ts'
import { type Handler, promiseOf, verdictNamed } from './handler.ts'

/** What a consumer tells its queue. */
export interface ConsumerOwner {
  /** The packet got no verdict from the handler. */
  leave(packet: Packet, reason: UnjudgedReason, error?: unknown): void
  /** The handler failed after its verdict. */
  handlerFailed(packet: Packet, error: unknown): void
  /** Whether packets should stop coming for a while. */
  saturated(on: boolean): void
}

/** Packets that may wait for the handler before reading stops. */
const highWater = 64

/** Between arrival and handler: how many packets are taken at once, and which wait meanwhile. */
export class Consumer implements CallsOwner {
  readonly #owner: ConsumerOwner
  #handler: Handler | undefined
  #concurrency = 0
  #running = 0
  #paused = false
  #ended = false
  #claimed = false
  #saturated = false
  readonly #backlog = new Waiting()
  readonly #calls = new Calls(this)
  #wake: (() => void) | undefined

  constructor(owner: ConsumerOwner) {
    this.#owner = owner
  }

  /** Reserve the packets for one consumer; `false` when they have one. */
  claim(): boolean {
    const free = !this.#claimed
    this.#claimed = true
    return free
  }

  /** The consumer has left; packets wait for the next one, or for their deadline. */
  release(): void {
    this.#claimed = false
    this.#wake?.()
  }

  offer(packet: Packet): void {
    if (this.#handler !== undefined && this.#backlog.length === 0 && this.#isFree()) {
      this.#handle(packet)
    } else {
      this.#backlog.push(packet)
      this.#wake?.()
      this.#regulate()
    }
  }

  run(handler: Handler, concurrency: number): void {
    this.#handler = handler
    this.#concurrency = concurrency
    this.#pump()
  }

  pause(): void {
    this.#paused = true
    this.#regulate()
  }

  resume(): void {
    this.#paused = false
    this.#pump()
    this.#wake?.()
  }

  /** Nothing more will be handed out. */
  end(): void {
    this.#ended = true
    this.#handler = undefined
    this.#backlog.clear()
    this.#wake?.()
    this.#regulate()
  }

  /** Whether nothing more will be handed out. */
  get ended(): boolean {
    return this.#ended
  }

  /** Resolves when there may be packets to take, or none any more. */
  arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined
        resolve()
      }
    })
  }

  /** The next packet, if one waits. */
  takeOne(): Packet | undefined {
    if (this.#paused) return undefined
    const packet = this.#backlog.shift()
    packet?.handOut()
    if (this.#saturated) this.#regulate()
    return packet
  }

  /** At most `limit` packets as soon as there are any; `undefined` at the end. */
  async take(limit: number): Promise<Packet[] | undefined> {
    while (!this.#ended && (this.#paused || this.#backlog.length === 0)) await this.arrival()
    if (this.#ended) return undefined
    const taken = this.#backlog.take(limit)
    for (const packet of taken) packet.handOut()
    this.#regulate()
    return taken
  }

  /** Packets judged elsewhere are not handed out any more, and their handlers, which may never end, make room for others. */
  withdraw(packets: readonly Packet[]): void {
    for (const packet of packets) {
      this.#left(packet)
      this.#backlog.remove(packet)
    }
    this.#pump()
  }

  /** The promise of the packet's handler was fulfilled. */
  fulfilled(packet: Packet, result: unknown): void {
    if (packet.forgotten) this.#returned(packet, result)
    this.#done(packet)
  }

  /** It was rejected. */
  rejected(packet: Packet, error: unknown): void {
    this.#failed(packet, 'rejected', error)
    this.#done(packet)
  }

  #isFree(): boolean {
    return !this.#paused && this.#running < this.#concurrency
  }

  #pump(): void {
    while (this.#handler !== undefined && this.#isFree() && this.#backlog.length > 0)
      this.#handle(this.#backlog.shift()!)
    this.#regulate()
  }

  #handle(packet: Packet): void {
    packet.handOut()
    try {
      const result = this.#handler!(packet)
      const promise = promiseOf(result)
      if (promise !== undefined) this.#await(packet, promise)
      else if (packet.forgotten) this.#returned(packet, result)
    } catch (error) {
      this.#left(packet)
      this.#failed(packet, 'threw', error)
    }
  }

  #await(packet: Packet, promise: Promise<unknown>): void {
    this.#running++
    packet.enterHandler()
    this.#calls.follow(packet, promise)
  }

  /** The handler is done, and has called nothing. */
  #returned(packet: Packet, result: unknown): void {
    let error: unknown
    if (typeof result === 'string') {
      try {
        packet[verdictNamed(result)]()
        return
      } catch (refused) {
        error = refused
      }
    }
    this.#owner.leave(packet, 'forgotten', error)
  }

  #done(packet: Packet): void {
    this.#left(packet)
    if (this.#backlog.length > 0) this.#pump()
  }

  #left(packet: Packet): void {
    if (!packet.inHandler) return
    packet.leaveHandler()
    this.#running--
  }

  #failed(packet: Packet, reason: UnjudgedReason, error: unknown): void {
    if (packet.judged) this.#owner.handlerFailed(packet, error)
    else this.#owner.leave(packet, reason, error)
  }

  #regulate(): void {
    const saturated = !this.#ended && (this.#paused || this.#backlog.length >= highWater)
    if (saturated === this.#saturated) return
    this.#saturated = saturated
    this.#owner.saturated(saturated)
  }
}
