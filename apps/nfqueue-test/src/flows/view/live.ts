import { readFileSync } from 'node:fs'
import type { Flow } from '@nfkit/netlink-codec/conntrack'
import { Screen, type Size } from '../../terminal/screen/screen.ts'
import { viewLines } from '../../terminal/screen/view.ts'
import { counted } from '../../text/count.ts'
import { type AgedFlow, flowColumns } from './columns.ts'
import { first, type Order } from './order.ts'

/** The first flows of an order on a terminal. */
export class LiveView {
  readonly #flows = new Map<string, Flow>()
  readonly #readAt = new WeakMap<Flow, number>()
  readonly #isCounted = isCounted()
  readonly #screen: Screen
  /** What comes first; may be set meanwhile. */
  order: Order
  #changes = 0

  constructor(order: Order) {
    this.order = order
    this.#screen = new Screen((size) => this.#lines(size))
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
    this.#screen.close()
  }

  #lines(size: Size): string[] {
    const { order } = this
    const now = performance.now()
    const flows = [...this.#flows.values()]
    const age = (flow: Flow) => Math.floor((now - (this.#readAt.get(flow) ?? now)) / 1_000)
    const firstOnes = (count: number) => first(flows, order, count).map((flow) => ({ flow, age: age(flow) }))
    return flowLines({ size: flows.length, changes: this.#changes, order, isCounted: this.#isCounted, firstOnes }, size)
  }
}

/** What a live view of flows shows. */
export interface FlowSight {
  readonly size: number
  readonly changes: number
  readonly order: Order
  /** Whether the kernel counts packets and bytes. */
  readonly isCounted: boolean
  readonly firstOnes: (count: number) => readonly AgedFlow[]
}

/** The view as lines that fit. */
export function flowLines({ size, changes, order, isCounted, firstOnes }: FlowSight, room: Size): string[] {
  const about = [counted(size, 'connection'), `${counted(changes, 'change')} seen`, `by ${order}`]
  const hint = isCounted ? [] : ['no traffic: sysctl -w net.netfilter.nf_conntrack_acct=1']
  const keys = ['n newest', 'b bytes', 'p packets', 'l left', 'q ends']
  return viewLines({ about: [...about, ...hint], keys, columns: flowColumns, first: firstOnes }, room)
}

/** Whether the kernel counts packets and bytes. */
function isCounted(): boolean {
  try {
    return readFileSync('/proc/sys/net/netfilter/nf_conntrack_acct', 'latin1').trim() !== '0'
  } catch {
    return true
  }
}
