import { EventEmitter } from 'node:events'
import { throwAside } from '@nfkit/netlink-transport'

/** Who listens to what is told. A listener that throws fails on its own: it must cost no packet its verdict. */
export class Listeners<Events extends { readonly [event in keyof Events]: unknown[] }> {
  readonly #emitter = new EventEmitter()
  /** What happened while there could be no listener. */
  #held: (() => void)[] | undefined

  /** Keep what is told from now on for listeners to come. */
  hold(): void {
    this.#held = []
  }

  /** Listeners can come in this turn: what was kept is told after it. */
  begin(): void {
    setImmediate(() => {
      const held = this.#held ?? []
      this.#held = undefined
      for (const tell of held) tell()
    })
  }

  on<K extends keyof Events & string>(event: K, listener: (...what: Events[K]) => void): void {
    this.#emitter.on(event, listener as never)
  }

  once<K extends keyof Events & string>(event: K, listener: (...what: Events[K]) => void): void {
    this.#emitter.once(event, listener as never)
  }

  off<K extends keyof Events & string>(event: K, listener: (...what: Events[K]) => void): void {
    this.#emitter.off(event, listener as never)
  }

  /** Returns whether anybody listens, or may yet. */
  tell<K extends keyof Events & string>(event: K, what: Events[K]): boolean {
    if (this.#held) {
      this.#held.push(() => this.tell(event, what))
      return true
    }
    try {
      return this.#emitter.emit(event, ...what)
    } catch (error) {
      throwAside(error)
      return true
    }
  }
}
