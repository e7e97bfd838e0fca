import { atTurnEnd } from '../platform.ts'
import type { Outbox } from './outbox.ts'
import { Trouble } from './trouble.ts'

/** How soon a failed send is tried again; each further failure doubles it, up to the longest. */
const firstPause = 2
const longestPause = 128

/** Errnos of a socket that is closed: no send will ever succeed. */
const final = new Set<unknown>(['EBADF', 'ENOTSOCK'])

export const isFinal = (error: unknown): boolean => final.has((error as { code?: unknown } | null)?.code)

/** Hears of sends that fail. */
export interface SenderOwner {
  /** At once, and then at most once a second. Verdicts that could not be sent are tried again. */
  trouble(error: Error): void
  /** The socket is closed: nothing is tried any more. Told once. */
  closed(error: Error): void
}

/**
 * When the verdicts in the outbox leave: with the burst, or together at the end of the turn. What the socket refuses stays in the
 * outbox, and one timer tries it again.
 */
export class Sender {
  readonly #outbox: Outbox
  readonly #owner: SenderOwner
  readonly #trouble: Trouble
  #scheduled = false
  #retry: NodeJS.Timeout | undefined
  #pause = firstPause
  #failure: Error | undefined
  #ended = false
  #emptied: PromiseWithResolvers | undefined

  constructor(outbox: Outbox, owner: SenderOwner) {
    this.#outbox = outbox
    this.#owner = owner
    this.#trouble = new Trouble((error) => owner.trouble(error))
  }

  /** Why the last send failed, if it did. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Whether the socket is closed. */
  get ended(): boolean {
    return this.#ended
  }

  /** Send at the end of this turn, microtasks included. */
  schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    atTurnEnd(this.#atTurnEnd)
  }

  // Made once: in `schedule` each call would make what it closes over, also those that return at once.
  readonly #atTurnEnd = () => {
    this.#scheduled = false
    this.flush()
  }

  /** Send what there is, unless a timer will repeat a failed send anyway. Never throws. */
  flush(): void {
    if (this.#retry === undefined && !this.#ended) this.#send()
  }

  /** The same at the end of a delivery, where a transport may have a shorter way. */
  answer(): void {
    if (this.#retry !== undefined || this.#ended) return
    // Who waits for it to be sent is told when it is.
    if (this.#emptied !== undefined || !this.#outbox.isAnswer) this.#send()
    else if (this.#outbox.answer(this.#unanswered)) this.#sent()
    // Another one may be under way, and is not to be overtaken.
    else this.schedule()
  }

  /** Resolves when everything has been sent: then there is room again. At once when nothing waits or nothing can be sent any more. */
  emptied(): Promise<void> {
    if (this.#outbox.isEmpty || this.#ended) return Promise.resolve()
    this.schedule()
    this.#emptied ??= withResolvers()
    return this.#emptied.promise
  }

  /** A call on the socket failed. One that is closed ends everything; else it is told, but not too often. */
  failed(error: Error): void {
    if (this.#ended) return
    this.#failure = error
    if (isFinal(error)) {
      this.stop()
      this.#owner.closed(error)
      return
    }
    this.#trouble.tell(error)
  }

  /** Try nothing any more. */
  stop(): void {
    this.#ended = true
    clearTimeout(this.#retry)
    this.#resolve()
  }

  #send(): void {
    try {
      this.#outbox.flush()
    } catch (error) {
      this.#refused(error as Error)
      return
    }
    this.#sent()
    if (this.#emptied !== undefined) this.#resolve()
  }

  #sent(): void {
    this.#failure = undefined
    this.#pause = firstPause
  }

  #refused(error: Error): void {
    this.failed(error)
    if (!this.#ended) this.#sendLater()
  }

  readonly #unanswered = (error: Error) => {
    this.#outbox.restore()
    this.#refused(error)
  }

  // Apart from `#send`, which would make what the timer closes over each time.
  #sendLater(): void {
    if (this.#retry !== undefined) return
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      this.#send()
    }, this.#pause)
    this.#pause = Math.min(2 * this.#pause, longestPause)
  }

  #resolve(): void {
    this.#emptied?.resolve()
    this.#emptied = undefined
  }
}

interface PromiseWithResolvers {
  readonly promise: Promise<void>
  readonly resolve: () => void
}

// Promise.withResolvers came with Node 22.
function withResolvers(): PromiseWithResolvers {
  let resolve!: () => void
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
