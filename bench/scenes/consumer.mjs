import { setTimeout as sleep } from 'node:timers/promises'
import { queueNumber } from '../contestants.mjs'
import { options } from '../options.mjs'
import { Running } from '../process.mjs'

/** C is compiled already. */
const warmupOf = ({ argv }) => (argv[0] === process.execPath ? options.warmup : Math.min(options.warmup, 0.3))

/** What a program does in the background when its load is over, V8 above all, is a part of its cost. */
const lateMilliseconds = 30

/** A contestant that reads `queues`, first and how many, measured while loads come. `more` is what is looked at besides, as an object of numbers. */
export class Consumer {
  #contestant
  #queues
  #running
  #more

  constructor(contestant, { namespace, more = () => ({}) } = {}) {
    this.#contestant = contestant
    this.#queues = contestant.queues ?? [queueNumber, 1]
    this.#running = new Running(contestant.argv, { namespace })
    this.#more = more
  }

  /** Wait until it reads, and have it compile what it runs: `load` is given the seconds. */
  async warm(load) {
    await this.#running.bound(...this.#queues)
    await sleep(50)
    await load(warmupOf(this.#contestant))
  }

  /** What it spent while `load` lasted, what its queue lost, and the load's counts. */
  async measure(load) {
    const queueBefore = this.#queue()
    const before = this.#state()
    const counts = await load()
    const left = await this.#drained()
    if (left > 0) throw new Error(`${left} packets still without verdict a second after the last one was sent`)
    await sleep(lateMilliseconds)
    if (!this.#running.alive) throw new Error(`${this.#contestant.name} ended: ${this.#running.complaint}`)
    const after = this.#state()
    const queue = this.#queue()
    return {
      counts,
      change: Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]])),
      resident: after.resident,
      refused: queue.refused - queueBefore.refused,
      overrun: queue.overrun - queueBefore.overrun,
    }
  }

  /** End it, and return what it says. */
  stop() {
    return this.#running.stop()
  }

  #state() {
    return { cpu: this.#running.cpu(), resident: this.#running.resident(), ...this.#more() }
  }

  #queue() {
    return this.#running.queue(...this.#queues)
  }

  /** Wait for the queue to be empty; returns how many packets still wait after a second. */
  async #drained() {
    const waiting = () => this.#queue()?.waiting ?? 0
    for (let i = 0; i < 100 && this.#running.alive && waiting() > 0; i++) await sleep(10)
    return waiting()
  }
}
