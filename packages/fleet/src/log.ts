/** A message in a log. */
export interface LogEntry {
  /** Its place: later ones are greater. */
  readonly place: number
  /** Its bytes, whoever has appended it. */
  readonly message: Uint8Array
}

/** How a message is appended. */
export interface AppendOptions {
  /** The same for a message that is appended again because nobody knows whether it was: then it is there once. */
  readonly id: string
  /** Append it only where this is the last place of the log; 0 for an empty one. */
  readonly after?: number | undefined
  /** Give up when it aborts. */
  readonly signal: AbortSignal
}

/**
 * A log that survives: what a fleet asks of a broker. `jetStreamLog` of `@nfkit/fleet/jetstream` is one, and `MemoryLog` of `@nfkit/fleet/memory`.
 *
 * @example
 * import type { FleetLog } from '@nfkit/fleet'
 *
 * export const isEmpty = async (log: FleetLog) => (await log.end()) === 0
 */
export interface FleetLog {
  /** Append a message: resolves to its place when it is stored. Rejects with `LogMovedError` where `after` is not the last place. */
  append(message: Uint8Array, options: AppendOptions): Promise<number>
  /**
   * All messages in order from a place on, or from the oldest there is, and then those that come. Begins with the oldest where the log ends before that place: it
   * is another one. Ends or throws when the broker is lost, and ends when the signal aborts.
   */
  read(from: number, signal: AbortSignal): AsyncIterable<LogEntry>
  /** The place of the newest message, also where that was taken away; 0 when there never was one. */
  end(): Promise<number>
  /** Take away all that is before a place. */
  trim(before: number): Promise<void>
}

/** The log has gone on meanwhile: the message was not appended. */
export class LogMovedError extends Error {
  override readonly name = 'LogMovedError'

  constructor(after: number, options?: ErrorOptions) {
    super(`the log goes on behind place ${after}: read what has come, and append again`, options)
  }
}

/** The log ends before what was heard of it already: an older one was put in its place. Nothing of it is in force. */
export class LogBehindError extends Error {
  override readonly name = 'LogBehindError'
  readonly author: string
  /** The last serial number of this author in the log. */
  readonly heard: number
  /** The one that was heard before. */
  readonly expected: number

  constructor(author: string, heard: number, expected: number) {
    super(
      `the log ends with message ${heard} of "${author}", and ${expected} was heard before: an older log is in its place, and nothing of it is in force; put the newer one back`,
    )
    this.author = author
    this.heard = heard
    this.expected = expected
  }
}
