import { throwAside } from '../aside.ts'

type Listener = (...what: unknown[]) => void

interface Listening {
  readonly listener: Listener
  readonly once: boolean
}

/** Who listens to what is told, by event. A listener that throws fails on its own: it keeps no other from hearing, and costs no packet its verdict. */
export class Listeners<Events extends { readonly [event in keyof Events]: unknown[] }> {
  readonly #listening = new Map<keyof Events, readonly Listening[]>()
  /** What happened while there could be no listener. */
  #held: (() => void)[] | undefined

  /** Keep what is told from now on for listeners to come. */
  hold(): void {
    this.#held = []
  }

  /** Listeners can come in this turn of the event loop: what was kept is told after it. */
  begin(): void {
    setTimeout(() => {
      const held = this.#held ?? []
      this.#held = undefined
      for (const tell of held) tell()
    })
  }

  /** Have `listener` called on each `event` from here on; one that listens twice is called twice. */
  on<K extends keyof Events & string>(event: K, listener: (...what: Events[K]) => void): void {
    this.#add(event, { listener: listener as Listener, once: false })
  }

  /** Have `listener` called on the next `event` only. */
  once<K extends keyof Events & string>(event: K, listener: (...what: Events[K]) => void): void {
    this.#add(event, { listener: listener as Listener, once: true })
  }

  /** Take back the latest `on` or `once` of this listener. */
  off<K extends keyof Events & string>(event: K, listener: (...what: Events[K]) => void): void {
    const latest = this.#listening.get(event)?.findLast((one) => one.listener === listener)
    if (latest) this.#remove(event, latest)
  }

  /** Tell all who listen now, in the order they came. Returns whether anybody does, or may yet. */
  tell<K extends keyof Events & string>(event: K, what: Events[K]): boolean {
    if (this.#held) {
      this.#held.push(() => this.tell(event, what))
      return true
    }
    const all = this.#listening.get(event) ?? []
    for (const listening of all) {
      if (listening.once) this.#remove(event, listening)
      try {
        listening.listener(...what)
      } catch (error) {
        throwAside(error)
      }
    }
    return all.length > 0
  }

  #remove(event: keyof Events, listening: Listening): void {
    const all = this.#listening.get(event) ?? []
    this.#listening.set(
      event,
      all.filter((one) => one !== listening),
    )
  }

  #add(event: keyof Events, listening: Listening): void {
    this.#listening.set(event, [...(this.#listening.get(event) ?? []), listening])
  }
}
