import type { Flow } from '@nfkit/netlink-codec'
import { headings, rowOf } from './columns.ts'

const redrawMilliseconds = 500

/** The newest flows on a terminal, redrawn in place. */
export class LiveView {
  readonly #flows = new Map<string, Flow>()
  readonly #timer = setInterval(() => this.#draw(), redrawMilliseconds)
  #changes = 0

  set(key: string, flow: Flow): void {
    this.#flows.delete(key)
    this.#flows.set(key, flow)
    this.#changes++
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
    const { rows = 24, columns = 80 } = process.stdout
    const newest = Array.from(this.#flows.values())
      .slice(-(rows - 3))
      .reverse()
    const head = `${this.#flows.size} flows, ${this.#changes} changes seen; the newest first; Ctrl-C ends`
    const lines = [head, headings(), ...newest.map((flow) => rowOf(flow))]
    // Home, each line cut to the screen and cleared behind, and everything below cleared.
    process.stdout.write(`\x1b[H${lines.map((line) => `${line.slice(0, columns)}\x1b[0m\x1b[K`).join('\n')}\x1b[J`)
  }
}
