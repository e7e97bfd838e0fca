import { readFileSync } from 'node:fs'
import type { Flow } from '@nfkit/netlink-codec/conntrack'
import { drawScreen } from '../../terminal/screen.ts'
import { stdout } from '../../terminal/stdout.ts'
import { Columns } from './columns.ts'
import { first, type Order } from './order.ts'

const redrawMilliseconds = 500

/** The first flows of an order on a terminal, redrawn in place. */
export class LiveView {
  readonly #flows = new Map<string, Flow>()
  readonly #timer = setInterval(() => this.#draw(), redrawMilliseconds)
  readonly #readAt = new WeakMap<Flow, number>()
  /** What comes first; may be set meanwhile. */
  order: Order
  readonly #hint = isCounted() ? '' : '; no traffic: sysctl -w net.netfilter.nf_conntrack_acct=1'
  #changes = 0

  constructor(order: Order) {
    this.order = order
  }

  set(key: string, flow: Flow): void {
    this.#flows.delete(key)
    this.#flows.set(key, flow)
    this.#readAt.set(flow, performance.now())
    this.#changes++
  }

  /** The same flow, read anew: it keeps its place among the newest. */
  refresh(key: string, flow: Flow): void {
    this.#flows.set(key, flow)
    this.#readAt.set(flow, performance.now())
  }

  delete(key: string): void {
    this.#flows.delete(key)
    this.#changes++
  }

  close(): void {
    clearInterval(this.#timer)
    this.#draw()
  }

  #draw(): void {
    const shownFlows = first([...this.#flows.values()], this.order, stdout.rows - 3)
    const head = `${this.#flows.size} flows, ${this.#changes} changes seen; by ${this.order} (n b p l); q ends${this.#hint}`
    const table = new Columns()
    const now = performance.now()
    const shown = table.rows(shownFlows, (flow) => Math.floor((now - (this.#readAt.get(flow) ?? now)) / 1_000))
    drawScreen([head, table.headings(), ...shown])
  }
}

/** Whether the kernel counts packets and bytes. */
function isCounted(): boolean {
  try {
    return readFileSync('/proc/sys/net/netfilter/nf_conntrack_acct', 'latin1').trim() !== '0'
  } catch {
    return true
  }
}
