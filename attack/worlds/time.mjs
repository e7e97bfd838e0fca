// Time that passes only when told, for whoever uses timers in this process: thousands of programs with their deadlines take seconds.
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers'
import promises from 'node:timers/promises'

const realImmediate = globalThis.setImmediate
let now = 1_000
let serial = 0
const waiting = new Map()

class Timer {
  constructor(run, delay, every) {
    this.run = run
    this.delay = delay >= 1 && delay <= 0x7fff_ffff ? Math.floor(delay) : 1
    this.every = every
    this.serial = ++serial
    this.due = now + this.delay
    waiting.set(this.serial, this)
  }
  ref() {
    return this
  }
  unref() {
    return this
  }
  hasRef() {
    return true
  }
  refresh() {
    this.due = now + this.delay
    waiting.set(this.serial, this)
    return this
  }
  close() {
    waiting.delete(this.serial)
  }
  [Symbol.toPrimitive]() {
    return this.serial
  }
}

const clear = (timer) => waiting.delete(typeof timer === 'object' ? timer?.serial : Number(timer))
const faked = {
  setTimeout: (run, delay = 1, ...args) => new Timer(() => run(...args), delay, false),
  setInterval: (run, delay = 1, ...args) => new Timer(() => run(...args), delay, true),
  clearTimeout: clear,
  clearInterval: clear,
}

/** From here on timers of this process wait for `pass`. */
export function takeOver() {
  Object.assign(globalThis, faked)
  Object.assign(timers, faked)
  promises.setTimeout = (delay, value) => new Promise((resolve) => faked.setTimeout(() => resolve(value), delay))
  Object.defineProperty(performance, 'now', { value: () => now, configurable: true })
  syncBuiltinESMExports()
}

const turn = () => new Promise((resolve) => realImmediate(resolve))

/** Turns of the event loop until `activity()` stays the same for a few of them, or there were too many. */
export async function quiet(activity, most = 400) {
  let before = activity()
  for (let turns = 0, still = 0; still < 4 && turns < most; turns++) {
    await turn()
    const after = activity()
    still = after === before ? still + 1 : 0
    before = after
  }
}

/** Let time pass: what falls due runs at its own moment, and what follows from it before the next. */
export async function pass(milliseconds, activity) {
  const until = now + milliseconds
  await quiet(activity)
  for (;;) {
    let next
    for (const timer of waiting.values())
      if (
        timer.due <= until &&
        (!next || timer.due < next.due || (timer.due === next.due && timer.serial < next.serial))
      )
        next = timer
    if (!next) break
    now = Math.max(now, next.due)
    if (next.every) next.due = now + next.delay
    else waiting.delete(next.serial)
    try {
      next.run()
    } catch (error) {
      process.emit('uncaughtException', error, 'uncaughtException')
    }
    await quiet(activity)
  }
  now = until
}

/** Timers somebody still waits for. */
export const pendingTimers = () => waiting.size
/** Forget all timers: what the last program left behind is not the next one's. */
export const forget = () => waiting.clear()
