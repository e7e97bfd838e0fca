import * as argument from './argument.ts'
import { ByteQueue } from './byte-queue.ts'

/** Needs more bytes, and nothing is begun that they complete. */
export const between = Symbol('between')

/** How a reader reads: it yields a result, or nothing (or `between`) to say that it needs more bytes than wait, and throws what is wrong. */
export type Parser<T> = Generator<T | typeof between | undefined, void, void>

/**
 * Reads one direction of one connection: bytes in, results out. It does not matter how the bytes are cut into chunks. A reader keeps no chunk:
 * what it has to keep it copies, and each kind of reader says how much that can be.
 */
export class Reader<T extends object> {
  readonly #input = new ByteQueue()
  readonly #parser: Parser<T>
  #failure: { readonly error: unknown } | undefined
  #done = false
  #amidst = false

  /** `parse` calls a generator function that all readers of a kind share: each function would give its generators a hidden class of their own. */
  constructor(parse: (input: ByteQueue) => Parser<T>) {
    this.#parser = parse(this.#input)
  }

  /** Whether there is nothing more to come: the reader has read what it is for, or has failed. */
  get done(): boolean {
    return this.#done
  }

  /** Whether something has begun that later bytes complete: of HTTP a head, but no body. */
  get isAmidst(): boolean {
    return this.#amidst && !this.#done
  }

  /**
   * The bytes behind the end of what this reader reads, once it is done: where the stream inside of a tunnel begins. A view of the chunk
   * that was pushed last; empty after the next push.
   */
  get rest(): Uint8Array {
    return this.#done ? this.#input.bytes : new Uint8Array(0)
  }

  /**
   * What these bytes complete, in order: nothing while more are needed. Throws a `ReadError` when they are not what they must be; results
   * that stand in front of the mistake are returned first, and the next call throws. Throws `TypeError` for what are no bytes.
   */
  push(chunk: Uint8Array): T[] {
    if (this.#failure) throw this.#failure.error
    const results: T[] = []
    argument.bytes('push', chunk)
    if (this.#done) this.#input.drop(this.#input.length)
    else {
      this.#input.append(chunk)
      this.#parse(results)
    }
    return results
  }

  #parse(results: T[]): void {
    try {
      for (;;) {
        const { done, value } = this.#parser.next()
        if (done) this.#done = true
        this.#amidst = value !== between
        if (value === undefined || value === between) break
        results.push(value as T)
      }
    } catch (error) {
      this.#failure = { error }
      this.#done = true
      this.#input.drop(this.#input.length)
    }
    if (!this.#done) this.#input.own()
    if (this.#failure && results.length === 0) throw this.#failure.error
  }
}

/** Waits for `size` bytes and takes them: a view, readable until the parser yields. */
export function* take(input: ByteQueue, size: number): Generator<undefined, Uint8Array, void> {
  while (input.length < size) yield
  return input.take(size)
}

/** What passes over bytes is within nothing. */
export function* aside<T>(passing: Generator<T, void, void>): Generator<typeof between, void, void> {
  for (const _ of passing) yield between
}

/** Passes over `size` bytes without keeping any. */
export function* skip(input: ByteQueue, size: number): Generator<undefined, void, void> {
  for (let left = size; ; ) {
    const count = Math.min(left, input.length)
    input.drop(count)
    left -= count
    if (left === 0) return
    yield
  }
}
