import { checkEdit, type Edit } from '../rewrite/edit.ts'
import { Backlog } from './backlog.ts'
import { isNatural, type StreamEnd } from './end.ts'
import { StreamError } from './error.ts'

/** What a stream needs of its connection. */
export interface StreamOwner {
  /** Bytes that may wait for a reader. */
  readonly backlog: number
  /** More bytes wait, or fewer. */
  charge(bytes: number): void
  /** A listener threw. */
  failed(error: unknown): void
  /** Position from which on bytes can be changed. */
  readonly changeable: number
  /** Change bytes from there on. */
  edit(edit: Edit): void
  /** Let packets go on in order only. */
  keepOrder(): void
}

/** Hears a stream as it comes; `position` is that of the first byte. The bytes are a view, valid during the call. */
export type StreamListener = (chunk: Uint8Array, position: number) => void

/**
 * What one end of a connection says, in order: what its receiver reads. Bytes are kept for a reader from the first `peek` or loop on,
 * up to the tracker's `backlog`. A loop throws `StreamError` where bytes are missing, and another one goes on behind them.
 *
 * @example
 * import { Tracker } from '@nfkit/streams'
 *
 * const tracker = new Tracker({
 *   async judge(connection) {
 *     for await (const chunk of connection.client) console.log(chunk.length)
 *   },
 * })
 */
export class Stream implements AsyncIterable<Uint8Array> {
  readonly #owner: StreamOwner
  readonly #backlog = new Backlog()
  readonly #listeners = new Set<StreamListener>()
  #wanted = false
  #position: number
  #end: StreamEnd | undefined
  #news: Promise<void> | undefined
  #tell: () => void = () => {}

  /** Streams are made by a connection. */
  constructor(owner: StreamOwner, position: number) {
    this.#owner = owner
    this.#position = position
  }

  /** Bytes that have come so far, those that are missing included. */
  get position(): number {
    return this.#position
  }

  /** Why nothing more comes; `undefined` while more may. */
  get end(): StreamEnd | undefined {
    return this.#end
  }

  /** Call `listener` with all that comes from here on, before the packet that brings it goes on. Returns what ends it. */
  listen(listener: StreamListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Replace bytes of what the receiver gets; numbers, acknowledgments and checksums of both directions follow. The bytes must not have
   * gone on: they are in packets that are held, or in those a `rewrite` looks at. Edits are made from front to back. Throws `RangeError`
   * for a place that cannot be changed, `Error` where the connection signs its segments.
   */
  edit(edit: Edit): void {
    this.#owner.edit(checkEdit(edit, this.#owner.changeable))
  }

  /**
   * Look at all that comes from here on before it goes on, and replace what the rewriter returns. Packets go on in order from here on:
   * those that come too early wait. Returns what ends the looking.
   *
   * @example
   * const louder = new Tracker({
   *   judge(connection) {
   *     connection.server.rewrite((chunk, position) => {
   *       const at = chunk.indexOf(0x21)
   *       return at < 0 ? [] : [{ at: position + at, removed: 1, inserted: Uint8Array.of(0x3f, 0x3f) }]
   *     })
   *   },
   * })
   */
  rewrite(rewriter: (chunk: Uint8Array, position: number) => readonly Edit[]): () => void {
    this.#owner.keepOrder()
    return this.listen((chunk, position) => {
      for (const edit of rewriter(chunk, position)) this.edit(edit)
    })
  }

  /**
   * The next `count` bytes, which stay to be read: fewer when the stream ends before, or bytes are missing behind them. Rejects with
   * `StreamError` when there are none for such a reason.
   */
  async peek(count: number): Promise<Uint8Array> {
    this.#wanted = true
    for (;;) {
      const { bytes, missing } = this.#backlog.front(count)
      if (bytes.length >= count || (bytes.length > 0 && missing !== undefined)) return bytes
      if (missing !== undefined) throw missing
      if (this.#end !== undefined) {
        if (bytes.length === 0) this.#over(this.#end)
        return bytes
      }
      await this.#more()
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    this.#wanted = true
    for (;;) {
      const next = this.#backlog.take()
      if (next !== undefined) {
        if (this.#end === undefined) this.#owner.charge(-next.length)
        yield next
      } else if (this.#end !== undefined) {
        return this.#over(this.#end)
      } else {
        await this.#more()
      }
    }
  }

  /** @internal Bytes that follow. */
  said(data: Uint8Array, position: number): void {
    this.#position = position + data.length
    for (const listener of this.#listeners) this.#call(listener, data, position)
    if (!this.#wanted) return
    if (this.#backlog.bytes + data.length > this.#owner.backlog) {
      this.missed(position, this.#position, 'backlog')
    } else {
      this.#owner.charge(data.length)
      this.#backlog.add(data)
      this.#tell()
    }
  }

  /** @internal Bytes that are not there. */
  missed(from: number, to: number, reason: 'lost' | 'backlog' = 'lost'): void {
    this.#position = to
    if (this.#wanted) this.#backlog.miss(from, to, reason)
    this.#tell()
  }

  /** @internal Nothing more comes. */
  finish(end: StreamEnd): void {
    if (this.#end !== undefined) return
    this.#owner.charge(-this.#backlog.bytes) // what is left is the reader's
    this.#end = end
    this.#listeners.clear()
    this.#tell()
  }

  #call(listener: StreamListener, data: Uint8Array, position: number): void {
    try {
      listener(data, position)
    } catch (error) {
      this.#owner.failed(error)
    }
  }

  /** There is no more to read; throws when that is not the connection's doing. */
  #over(end: StreamEnd): void {
    if (!isNatural(end)) throw new StreamError(end, this.#position)
  }

  #more(): Promise<void> {
    this.#news ??= new Promise((resolve) => {
      this.#tell = () => {
        this.#news = undefined
        this.#tell = () => {}
        resolve()
      }
    })
    return this.#news
  }
}
