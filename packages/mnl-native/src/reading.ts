import { AsyncResource } from 'node:async_hooks'
import { constants } from 'node:os'
import { type Receiver, TransportError, throwAside } from '@nfkit/netlink-transport'
import { loadBinding, type NativeSocket } from './binding.ts'
import type { Shape } from './options.ts'
import { Slabs } from './slabs.ts'

/** The longest delay a timer takes. */
const farAway = 0x7fff_ffff

/** After how long memory that was not to be had is asked for again. */
const hungerMilliseconds = 100

/**
 * A burst of datagrams that fit into so many bytes takes 128 KiB instead of 4 MiB, which is what one of its packets keeps that waits: a packet of Ethernet fits, with
 * what the kernel tells of it. An odd number of cache lines, as the longer slots have.
 */
const headSize = 2_112

/** Longer slots have such heads: shorter ones are small themselves. */
const shortest = 4 * headSize

const none = new Uint8Array(0)

/** Reads a socket, except while it is paused, and while there is no memory to read into. */
export class Reading {
  readonly #native: NativeSocket
  #slabs: Slabs | undefined
  #heads: Slabs | undefined
  /** A burst is with the receiver, which reads its spans. */
  #isTelling = false
  #isClosed = false
  /** What is to be sent when the receiver returns, and who hears that it could not be. */
  #answer: Uint8Array | undefined
  #unanswered: ((error: TransportError) => void) | undefined
  // A stopped poll handle does not keep the event loop alive, and reading must go on: a timer keeps it alive.
  #paused: NodeJS.Timeout | undefined
  #hungry: NodeJS.Timeout | undefined

  constructor(native: NativeSocket) {
    this.#native = native
  }

  /** Throws `TransportError` when there is no memory, or the socket cannot be watched. */
  start(receiver: Receiver, { slots, slotSize, bursts, turnMicroseconds, wakeUp }: Shape): void {
    if (this.#slabs) throw new Error('a transport has one receiver for its whole life')
    const native = this.#native
    const slabs = new Slabs(slots, slotSize)
    const heads = slotSize > shortest ? new Slabs(slots, headSize, slabs) : undefined
    const { send } = loadBinding()
    const number = native.number()
    const [nanoseconds, byThread] = [turnMicroseconds * 1000, wakeUp === 'thread']
    const deliver = (length: number, isShort: boolean) => {
      const from = isShort ? heads! : slabs
      // Another runtime's `performance.now()` may be of another clock.
      if (byThread) from.arrivedAt = performance.now()
      this.#isTelling = true
      try {
        receiver.batch(from.lease(length))
      } catch (error) {
        throwAside(error)
      }
      this.#isTelling = false
      const answer = this.#answer
      this.#answer = undefined
      const next = from.advance()
      if (next) native.slab(next, isShort)
      else if (from.full) this.#starve(from, receiver, isShort)
      if (!answer || (!byThread && !this.#isClosed)) return answer
      // Where a thread calls, other things may run before what this returns is looked at.
      const sent = send(number, answer)
      if (sent < 0) fail(-sent, true)
      return undefined
    }
    const fail = (errno: number, isAnswer: boolean) => {
      if (isAnswer) this.#unanswered?.(new TransportError('sendto', errno))
      else receiver.error(new TransportError('recvmmsg', errno))
    }
    const { bytes, spans } = slabs
    // What libuv tells comes in the context of this call by itself.
    const within = byThread ? inThisContext() : <A extends unknown[], R>(act: (...given: A) => R) => act
    try {
      checked(
        'epoll_ctl',
        native.receive(
          within(deliver),
          within(fail),
          bytes,
          heads?.bytes ?? none,
          spans,
          slots,
          slotSize,
          heads?.slotSize ?? 0,
          bursts,
          nanoseconds,
          byThread,
          originOfClock(),
          contextsHaveFrames(),
        ),
      )
    } catch (error) {
      slabs.close()
      heads?.close()
      throw error
    }
    this.#slabs = slabs
    this.#heads = heads
    this.#read()
  }

  /** See `Transport.answer`. */
  answer(datagram: Uint8Array, failed: (error: TransportError) => void): boolean {
    if (!this.#isTelling || this.#isClosed || this.#answer !== undefined) return false
    this.#answer = datagram
    this.#unanswered = failed
    return true
  }

  /** What a delivery makes due may read on; within it there is nothing to read yet. */
  readNow(): void {
    if (!this.#isTelling) this.#native.readNow()
  }

  pause(): void {
    if (this.#paused) return
    this.#native.pause()
    this.#paused = setInterval(() => {}, farAway)
  }

  resume(): void {
    if (!this.#paused) return
    clearInterval(this.#paused)
    this.#paused = undefined
    this.#read()
  }

  close(): void {
    clearInterval(this.#paused)
    clearInterval(this.#hungry)
    this.#paused = this.#hungry = undefined
    this.#isClosed = true
    this.#slabs?.close()
    this.#heads?.close()
  }

  #read(): void {
    if (this.#slabs && !this.#paused && !this.#hungry) checked('epoll_ctl', this.#native.resume())
  }

  /** What arrives waits in the socket until leases end, or there is memory again. */
  #starve(slabs: Slabs, receiver: Receiver, isShort: boolean): void {
    this.#native.pause()
    this.#hungry = setInterval(() => {
      const next = slabs.advance()
      if (next) this.#native.slab(next, isShort)
      else if (slabs.full) return
      clearInterval(this.#hungry)
      this.#hungry = undefined
      try {
        this.#read()
      } catch (error) {
        receiver.error(error as TransportError)
      }
    }, hungerMilliseconds)
    // What was answered leaves first.
    queueMicrotask(() => {
      if (this.#hungry) receiver.error(new TransportError('mmap', constants.errno.ENOMEM))
    })
  }
}

/** What to add to the native part's clock to have that of `performance.now()`: less rather than more, so that nothing seems to arrive later than it did. */
function originOfClock(): number {
  const { now } = loadBinding()
  let origin = Number.NEGATIVE_INFINITY
  // Whatever comes between the two makes it less.
  for (let i = 0; i < 5; i++) origin = Math.max(origin, performance.now() - now())
  return origin
}

/** Whether Node keeps what is in an AsyncLocalStorage in frames, as it does from 24 on, and before where it is told to; else with the resources of a call. */
function contextsHaveFrames(): boolean {
  const { execArgv, env, versions } = process
  const [major] = versions.node.split('.')
  return Number(major) >= 24 || `${execArgv} ${env.NODE_OPTIONS}`.includes('async-context-frame')
}

/** Returns what a system call did; throws `TransportError` when it failed. */
export function checked(syscall: string, result: number): number {
  if (result < 0) throw new TransportError(syscall, -result)
  return result
}

/** Makes functions that are called in the async context of now. */
function inThisContext() {
  // Nothing tells when it is destroyed, and so nothing has to watch for that.
  const context = new AsyncResource('MnlSocket', { requireManualDestroy: true })
  return <A extends unknown[], R>(act: (...given: A) => R) =>
    (...given: A) =>
      context.runInAsyncScope(act, undefined, ...given)
}
