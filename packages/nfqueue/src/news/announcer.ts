import { Listeners, throwAside } from '@nfkit/netlink-transport'
import type { QueueEvents, Tell } from '../events.ts'
import { type Log, type Sentence, sentences } from './log.ts'
import { Unheard } from './unheard.ts'

/** What a queue tells besides its packets, and who listens. */
export class Announcer {
  /** 0 to 65535. */
  readonly number: number
  readonly #listeners = new Listeners<QueueEvents>()
  readonly #unheard: Unheard

  /** @internal */
  constructor(number: number) {
    this.number = number
    this.#unheard = new Unheard(number)
  }

  /** Have `listener` told of each such event. One that throws keeps no other from hearing of it. */
  on<K extends keyof QueueEvents>(event: K, listener: (...what: QueueEvents[K]) => void): this {
    this.#listeners.on(event, listener)
    return this
  }
  /** Listen to the next one only. */
  once<K extends keyof QueueEvents>(event: K, listener: (...what: QueueEvents[K]) => void): this {
    this.#listeners.once(event, listener)
    return this
  }
  /** End what `on` or `once` began with this listener. */
  off<K extends keyof QueueEvents>(event: K, listener: (...what: QueueEvents[K]) => void): this {
    this.#listeners.off(event, listener)
    return this
  }

  /**
   * Log every event, in a sentence each: what costs a packet or a verdict by `log.error`, what is worth knowing by `log.warn`.
   *
   * @example
   * import { openMnl } from '@nfkit/mnl-native'
   * import { openQueue } from '@nfkit/nfqueue'
   *
   * const queue = await openQueue(openMnl(), { number: 0 })
   * queue.logTo(console)
   * queue.run((packet) => packet.accept())
   */
  logTo(log: Log): this {
    const each = Object.entries(sentences(this.number)) as [keyof QueueEvents, Sentence<unknown>][]
    for (const [event, { level, text, detail }] of each) {
      this.on(event, (what: unknown) => {
        const more = detail?.(what)
        try {
          log[level](text(what), ...(more === undefined ? [] : [more]))
        } catch (error) {
          // The listeners after this one hear of it all the same.
          throwAside(error)
        }
      })
    }
    return this
  }

  /** @internal */
  protected readonly tell: Tell = (event, ...what) => {
    if (!this.#listeners.tell(event, what)) this.#unheard.event(event, what[0])
  }

  /** @internal Nothing follows: tell what nobody has listened to. */
  protected silence(): void {
    this.#unheard.close()
  }
}
