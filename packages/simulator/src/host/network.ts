import { parseIp } from '@nfkit/ip-codec'
import { check } from '@nfkit/netlink-transport'
import { nextTurn } from '@nfkit/netlink-transport/memory'
import type { Clock } from '../clock.ts'
import type { DeliverOptions } from '../deliver/deliver.ts'
import type { Outcome } from '../hooks/outcome.ts'
import { type Random, randomFrom } from '../random.ts'
import { Host, type HostNetwork } from './host.ts'
import { Link, type LinkTerms, segments } from './link.ts'
import type { SocketTerms } from './wording.ts'

/** How a host talks, and what its link does to packets, in both directions. All of it is optional. */
export interface HostOptions extends Partial<SocketTerms>, Partial<LinkTerms> {
  /** Whether it runs on the kernel itself, whose `input` and `output` its packets pass. Others are forwarded. */
  readonly local?: boolean | undefined
}

const hostOptionNames: check.OptionNames<HostOptions> = {
  local: true,
  mss: true,
  gso: true,
  windowScale: true,
  timestamps: true,
  loss: true,
  reorder: true,
  duplicate: true,
}

/** Turns of the event loop in which nothing moves, until time does: what user space does with a packet takes a few. */
const idleTurns = 8

/** The hosts around a kernel, and the ways between them. */
export class Network implements HostNetwork {
  readonly #hosts = new Map<string, Host>()
  readonly #clock: Clock
  readonly #deliver: (bytes: Uint8Array, options: DeliverOptions) => Promise<Outcome>
  readonly #random: Random
  /** Counts what happens. */
  #moves = 0

  constructor(clock: Clock, seed: number, deliver: (bytes: Uint8Array, options: DeliverOptions) => Promise<Outcome>) {
    this.#clock = clock
    this.#deliver = deliver
    this.#random = randomFrom(seed)
  }

  get uptime(): number {
    return this.#clock.uptime
  }

  after(milliseconds: number, run: () => void): () => void {
    return this.#clock.after(milliseconds, run)
  }

  random(): number {
    return this.#random()
  }

  /** Add a host. Throws `RangeError` where there is one with its address. */
  add(address: string, options: HostOptions): Host {
    if (this.#hosts.has(address)) throw new RangeError(`there is a host ${address} already`)
    const {
      mss = 1_460,
      gso = 1,
      windowScale = 7,
      timestamps = true,
      loss = 0,
      reorder = 0,
      duplicate = 0,
    } = check.options('options', options, hostOptionNames)
    const link = new Link({ loss, reorder, duplicate }, this, this.#random)
    const host = new Host(address, options.local ?? false, this, link, { mss, gso, windowScale, timestamps })
    this.#hosts.set(address, host)
    return host
  }

  forward(from: Host, bytes: Uint8Array, size: number): void {
    this.#moves++
    const ip = parseIp(bytes)
    const to = ip && this.#hosts.get(ip.destination)
    if (ip?.tcp === undefined || to === undefined) return
    const before = ip.tcp.payload.length
    const options = { ...way(from.isLocal, to.isLocal), segmentSize: before > size ? size : 0 }
    this.#deliver(bytes, options).then((outcome) => {
      this.#moves++
      if (outcome.answer !== undefined) from.arrive(outcome.answer)
      for (const { verdict, payload } of outcome.segments.length > 0 ? outcome.segments : [outcome]) {
        if (verdict !== 'accept') continue
        for (const segment of segments(payload, size, outcome.segments.length > 0 ? 0 : before)) to.arrive(segment)
      }
    })
  }

  /** Let things happen until nothing does any more, for up to so many seconds of virtual time. */
  async run(seconds: number): Promise<void> {
    const until = this.#clock.uptime + seconds * 1_000
    for (;;) {
      await this.#settled()
      const next = this.#clock.next
      if (next === undefined || next > until) return
      this.#clock.advance((next - this.#clock.uptime) / 1_000)
    }
  }

  async #settled(): Promise<void> {
    for (let idle = 0; idle < idleTurns; idle++) {
      const before = this.#moves
      await new Promise<void>((resolve) => nextTurn(resolve))
      if (this.#moves !== before) idle = -1
    }
  }
}

/** The way of a packet, by where its sender and its receiver are. */
function way(fromHere: boolean, toHere: boolean): DeliverOptions {
  if (fromHere && toHere) return { hook: 'output', loopback: true }
  if (fromHere) return { hook: 'output', outdev: 'eth0' }
  if (toHere) return { hook: 'input', indev: 'eth0' }
  return { hook: 'forward', indev: 'eth0', outdev: 'eth0' }
}
