/**
 * A fleet's log in a stream of NATS JetStream. The client is handed in: `@nats-io/jetstream`, or one with the same methods.
 *
 * @module
 */
import { type AppendOptions, type FleetLog, type LogEntry, LogMovedError } from './log.ts'

/** What is needed of a JetStream client: that of `jetstream(connection)`. */
export interface JetStreamLike {
  /** Resolves when the stream has stored it. */
  publish(
    subject: string,
    payload: Uint8Array,
    options: { msgID: string; timeout: number; expect?: { lastSequence: number } },
  ): Promise<{ readonly seq: number }>
  /** Of streams. */
  readonly consumers: {
    get(stream: string, options: object): Promise<{ consume(options: object): Promise<JetStreamMessages> }>
  }
}

/** Messages as they come. */
export interface JetStreamMessages extends AsyncIterable<{ readonly seq: number; readonly data: Uint8Array }> {
  /** No more of them. */
  close(): Promise<unknown>
}

/** What is needed of a manager: that of `jetstreamManager(connection)`. */
export interface JetStreamManagerLike {
  /** What is known of a stream, and what is taken away. */
  readonly streams: {
    info(stream: string): Promise<{ readonly state: { readonly last_seq: number } }>
    purge(stream: string, options: { seq: number }): Promise<unknown>
  }
}

/** Where a log is. */
export interface JetStreamLogOptions {
  /** The client. */
  readonly jetstream: JetStreamLike
  /** The manager of the same connection. */
  readonly manager: JetStreamManagerLike
  /** Name of the stream. It stores in a file, keeps all that is not purged, and has this subject alone. */
  readonly stream: string
  /** The subject that authors publish to. */
  readonly subject: string
  /** How long the broker may take for an answer, in milliseconds: 2,000 by default. */
  readonly answerMilliseconds?: number | undefined
}

/** What JetStream says where the last sequence is another one than was expected. */
const wrongLastSequence = 10_071

/**
 * The log in a stream of JetStream.
 *
 * @example
 * import { jetStreamLog } from '@nfkit/fleet/jetstream'
 * import type { JetStreamLike, JetStreamManagerLike } from '@nfkit/fleet/jetstream'
 *
 * export const logOf = (jetstream: JetStreamLike, manager: JetStreamManagerLike) =>
 *   jetStreamLog({ jetstream, manager, stream: 'office', subject: 'fleet.office' })
 */
export function jetStreamLog(options: JetStreamLogOptions): FleetLog {
  const { jetstream, manager, stream, subject, answerMilliseconds = 2_000 } = options
  const end = async () => (await manager.streams.info(stream)).state.last_seq
  return {
    end,
    async append(message: Uint8Array, { id, after, signal }: AppendOptions): Promise<number> {
      signal.throwIfAborted()
      const expect = after === undefined ? {} : { expect: { lastSequence: after } }
      try {
        const { seq } = await jetstream.publish(subject, message, {
          ...{ msgID: id, timeout: answerMilliseconds },
          ...expect,
        })
        return seq
      } catch (error) {
        if (isMoved(error)) throw new LogMovedError(after ?? 0, { cause: error })
        throw error
      }
    },
    async *read(from: number, signal: AbortSignal): AsyncGenerator<LogEntry> {
      const start = from > (await end()) + 1 ? 1 : from
      const consumer = await jetstream.consumers.get(stream, {
        ...{ deliver_policy: 'by_start_sequence', opt_start_seq: Math.max(start, 1) },
      })
      const messages = await consumer.consume({ expires: 10_000, idle_heartbeat: 1_000 })
      const close = () => void messages.close()
      signal.addEventListener('abort', close)
      try {
        if (signal.aborted) return
        for await (const { seq, data } of messages) yield { place: seq, message: data }
      } finally {
        signal.removeEventListener('abort', close)
        await messages.close()
      }
    },
    async trim(before: number): Promise<void> {
      await manager.streams.purge(stream, { seq: before })
    },
  }
}

function isMoved(error: unknown): boolean {
  const { code, apiError } = error as { code?: unknown; apiError?: () => { err_code?: unknown } }
  return code === wrongLastSequence || apiError?.().err_code === wrongLastSequence
}
