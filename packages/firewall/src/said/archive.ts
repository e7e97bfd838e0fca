import type { Said } from './said.ts'

/** How much is kept of all connections together. */
const mostBytes = 16_777_216

/** What connections said first, for those that are judged again in the middle. */
export class Archive {
  readonly #said = new Map<string, Said>()
  #bytes = 0

  get(key: string): Said | undefined {
    return this.#said.get(key)
  }

  /** Keep what a connection said; what was kept first makes room. */
  keep(key: string, said: Said): void {
    this.#forget(key)
    if (said.size === 0) return
    this.#said.set(key, said)
    this.#bytes += said.size
    while (this.#bytes > mostBytes) this.#forget(this.#said.keys().next().value!)
  }

  #forget(key: string): void {
    this.#bytes -= this.#said.get(key)?.size ?? 0
    this.#said.delete(key)
  }
}
