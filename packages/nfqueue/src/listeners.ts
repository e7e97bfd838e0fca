import { EventEmitter } from 'node:events'
import { throwAside } from './aside.ts'

/** Who listens to what is told. A listener that throws fails on its own: it must cost no packet its verdict. */
export class Listeners<Events extends { readonly [event in keyof Events]: unknown[] }> {
  readonly #emitter = new EventEmitter()

  on<K extends keyof Events & string>(event: K, listener: (...what: Events[K]) => void): void {
    this.#emitter.on(event, listener as never)
  }

  once<K extends keyof Events & string>(event: K, listener: (...what: Events[K]) => void): void {
    this.#emitter.once(event, listener as never)
  }

  off<K extends keyof Events & string>(event: K, listener: (...what: Events[K]) => void): void {
    this.#emitter.off(event, listener as never)
  }

  /** Returns whether anybody listens. */
  tell<K extends keyof Events & string>(event: K, what: Events[K]): boolean {
    try {
      return this.#emitter.emit(event, ...what)
    } catch (error) {
      throwAside(error)
      return true
    }
  }
}
