import type { Unjudged, UnjudgedReason } from '../errors.ts'
import type { QueueEvents } from '../events.ts'
import { inspected, warn } from '../platform.ts'

/** What each reason says of the handler, for a program that listens to nothing. */
const did: Readonly<Record<UnjudgedReason, string | undefined>> = {
  threw: 'the handler threw',
  rejected: 'the handler rejected',
  forgotten: 'the handler returned without a verdict (and without hold())',
  deadline: 'no verdict came before the deadline',
  undecodable: 'the message could not be decoded',
  // Asked for.
  closing: undefined,
  handover: undefined,
}

/**
 * What a queue decides for its handler while the program does not listen to `unjudged` and `handlerError`: otherwise a filter that fails on every
 * packet looks like a network that is down. The first is a warning of the process with what was thrown; then come counts, when there
 * are ten times as many, and at the end.
 */
export class Unheard {
  readonly #queue: number
  #count = 0
  #told = 0

  constructor(queue: number) {
    this.#queue = queue
  }

  /** An event without a listener. */
  event<K extends keyof QueueEvents>(event: K, what: QueueEvents[K][0] | undefined): void {
    if (event === 'unjudged') {
      const { packetId, reason, verdict, error } = what as Unjudged
      const sentence = did[reason]
      if (sentence) this.#add(`packet ${packetId}: ${sentence}, so the queue gave its own: ${verdict}`, error)
    } else if (event === 'handlerError') {
      const { packetId, error } = what as QueueEvents['handlerError'][0]
      this.#add(`packet ${packetId}: the handler failed after its verdict`, error)
    }
  }

  /** Tell how many there were since the last warning. */
  close(): void {
    if (this.#count > this.#told) this.#warn(`${this.#count} in all like the first one warned of`)
  }

  #add(sentence: string, error: unknown): void {
    this.#count++
    if (this.#count === 1) this.#warn(`${sentence}; listen to 'unjudged' and 'handlerError' to hear of each`, error)
    else if (this.#count === 10 * this.#told) this.#warn(`${this.#count} so far like the first one warned of`)
  }

  #warn(sentence: string, error?: unknown): void {
    this.#told = this.#count
    const detail = error === undefined ? undefined : printable(error)
    const options = { type: 'UnjudgedWarning', code: 'NFQUEUE_UNJUDGED' }
    warn(`queue ${this.#queue}: ${sentence}`, detail === undefined ? options : { ...options, detail })
  }
}

/** What was thrown, with its stack: for a terminal, which control characters in a packet's bytes must not reach. */
function printable(error: unknown): string {
  try {
    return inspected(error).replace(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is sought.
      /[\0-\x08\x0b-\x1f\x7f-\x9f]/g,
      (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )
  } catch {
    return 'what was thrown cannot be shown'
  }
}
