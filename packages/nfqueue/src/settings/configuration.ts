import { check, NetlinkError, NoAnswerError } from '@nfkit/netlink-transport'
import { QueueError } from '../errors.ts'
import type { Channel } from '../socket/channel.ts'
import { merge, type QueueSettings, type Settings, settingChecks, settingsMessage } from './settings.ts'

/** How long an answer may take, and how often it is asked for. */
const answerMilliseconds = 1_000
const attempts = 5

/** The settings of a queue, and how they change: one call after another, each over what the ones before it came to. */
export class Configuration {
  readonly #channel: Channel
  readonly #number: number
  readonly #changed: (settings: Settings) => void
  #settings: Settings
  #last: Promise<void> = Promise.resolve()

  /** `changed` is told what is in force as soon as the kernel has it: it answers later, behind packets that wait. */
  constructor(channel: Channel, number: number, settings: Settings, changed: (settings: Settings) => void) {
    this.#channel = channel
    this.#number = number
    this.#settings = settings
    this.#changed = changed
  }

  /** Those in force. */
  get settings(): Settings {
    return this.#settings
  }

  /** Resolves when every change asked for so far is in force, or refused. */
  get settled(): Promise<void> {
    return this.#last
  }

  /** `conntrack`: whether connections come with packets, which stays as it is. */
  change(settings: QueueSettings, conntrack: boolean): Promise<void> {
    // Checked and copied at once: the object is the caller's again.
    const given = { ...check.options('configure', settings, settingChecks) }
    merge(this.#settings, given)
    const change = this.#last.then(() => this.#request(merge(this.#settings, given), conntrack))
    this.#last = change.catch(() => {})
    return change
  }

  async #request(settings: Settings, conntrack: boolean): Promise<void> {
    try {
      await this.#insist(settingsMessage(this.#number, settings, conntrack, false), () => this.#changed(settings))
    } catch (error) {
      if (!(error instanceof NetlinkError)) throw error
      this.#changed(this.#settings)
      throw new QueueError(this.#number, 'option', error)
    }
    this.#settings = settings
  }

  /** A full socket has no room for an answer. What was asked is the same when it is asked again. */
  async #insist(message: Uint8Array, sent: () => void): Promise<void> {
    for (let left = attempts; ; left--) {
      try {
        await this.#channel.request(message, { timeoutMilliseconds: answerMilliseconds, sent })
        return
      } catch (error) {
        if (left === 1 || !(error instanceof NoAnswerError) || error.code !== 'ETIMEDOUT') throw error
      }
    }
  }
}
