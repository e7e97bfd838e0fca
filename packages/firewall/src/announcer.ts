import { Listeners } from '@nfkit/netlink-transport'
import type { FirewallEvents } from './events.ts'

/** What a firewall tells, and who listens. */
export class FirewallAnnouncer {
  readonly #listeners = new Listeners<FirewallEvents>()

  /** Have `listener` told of each such event. One that throws keeps no other from hearing of it. */
  on<K extends keyof FirewallEvents>(event: K, listener: (...what: FirewallEvents[K]) => void): this {
    this.#listeners.on(event, listener)
    return this
  }
  /** Listen to the next one only. */
  once<K extends keyof FirewallEvents>(event: K, listener: (...what: FirewallEvents[K]) => void): this {
    this.#listeners.once(event, listener)
    return this
  }
  /** End what `on` or `once` began with this listener. */
  off<K extends keyof FirewallEvents>(event: K, listener: (...what: FirewallEvents[K]) => void): this {
    this.#listeners.off(event, listener)
    return this
  }

  /** @internal */
  protected tell<K extends keyof FirewallEvents>(event: K, what: FirewallEvents[K]): void {
    this.#listeners.tell(event, what)
  }
}
