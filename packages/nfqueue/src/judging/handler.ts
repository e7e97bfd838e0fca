import { check } from '@nfkit/netlink-transport'
import type { Packet } from '../packet/packet.ts'
import { verdictWords } from '../packet/verdict.ts'

/** A verdict that is a word. */
export type VerdictWord = keyof typeof verdictWords

/**
 * What a handler may return: the packet's verdict by its name, or anything but text, which says nothing. A promise settles to the same.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: functions declared to return nothing are handlers, too.
export type Returned = VerdictWord | object | number | bigint | boolean | symbol | null | undefined | void

/** The verdict a text names. Throws `RangeError`, with the nearest one, when it names none. */
export const verdictNamed = (text: string): VerdictWord => check.word('the handler returned', text, verdictWords)

/**
 * Judges a packet: by a method of it, or by returning the verdict's name (`accept`, `drop`, `repeat`, `stop`), or a promise of one. When
 * it has done neither, the packet is forgotten, unless `packet.hold()` was called. A name there is none of is refused: the packet is left
 * to the queue, and `unjudged` has the error.
 *
 * @example
 * import type { Handler } from '@nfkit/nfqueue'
 *
 * export const noTelnet: Handler = (packet) => (packet.ip?.tcp?.destinationPort === 23 ? 'drop' : 'accept')
 */
export type Handler = (packet: Packet) => Returned

/** How a handler is run. */
export interface RunOptions {
  /** Handlers whose promise may be open at once: 1 or more, 1,024 by default. More packets wait, and then the kernel queues them. */
  readonly concurrency?: number | undefined
}

/** The language's own `then`: a promise that is followed by it calls back once. */
export const genuineThen = Promise.prototype.then

/**
 * The promise a handler returned; `undefined` when it returned none. What has a `then` of its own may call back twice, and is followed by a promise. Reading
 * `then` may throw: it is the handler's.
 */
export function promiseOf(returned: unknown): Promise<unknown> | undefined {
  if (returned instanceof Promise && returned.then === genuineThen) return returned
  if (isThenable(returned)) return new Promise((resolve) => resolve(returned))
  return returned instanceof Promise ? returned : undefined
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  const type = typeof value
  return (
    ((type === 'object' && value !== null) || type === 'function') &&
    typeof (value as PromiseLike<unknown>).then === 'function'
  )
}
