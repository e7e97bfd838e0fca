import { shell } from '../namespace.mjs'
import { options } from '../options.mjs'
import { queueLoad } from '../rules.mjs'
import { Consumer } from './consumer.mjs'

const names = []

/** Network namespaces, one for each contestant, in which packets pass a queue. */
function namespaces(count) {
  for (let i = names.length; i < count; i++) {
    const name = `turn${i}`
    shell(`ip netns add ${name}; ip -n ${name} link set lo up`)
    queueLoad(name)
    names.push(name)
  }
  return names
}

/**
 * A round in which all contestants are alive at once, each in a network namespace of its own, and short loads come to each of them in turn: a machine that its
 * host moves between two speeds has all of them at both. `warm` and `load` are given a contestant, the seconds, and the namespace; `sampleOf` makes a sample of what was
 * measured of all loads of a contestant together. V8 gives memory back while a program rests, and takes it again: what is measured begins when it has, after `runUp`
 * seconds of load. Yields contestants with their samples.
 */
export async function* inTurns(contestants, { warm, load, sampleOf, seconds = 0.2, runUp = 0.2 }) {
  const inside = namespaces(contestants.length)
  const turns = contestants.map((contestant, i) => new Turns(contestant, inside[i]))
  const passes = Math.max(1, Math.round(options.duration / seconds))
  const once = options.duration / passes
  try {
    for (const turn of turns) await turn.warm(warm)
    for (let pass = 0; pass < passes; pass++)
      for (const turn of turns) await turn.measure(load, once, options.smoke ? once : runUp)
  } finally {
    await Promise.all(turns.map((turn) => turn.stop()))
  }
  for (const { contestant, failure, measured } of turns) yield [contestant, failure ?? sampleOf(together(measured))]
}

/** What a contestant does in its turns, until it fails. */
class Turns {
  failure
  /** Of each load. */
  measured = []
  #consumer
  #namespace

  constructor(contestant, namespace) {
    this.contestant = contestant
    this.#consumer = new Consumer(contestant, { namespace })
    this.#namespace = namespace
  }

  warm(load) {
    return this.#unlessFailed(() => this.#consumer.warm((seconds) => this.#meet(load, seconds)))
  }

  measure(load, seconds, runUp) {
    return this.#unlessFailed(async () => {
      await this.#meet(load, runUp)
      this.measured.push(await this.#consumer.measure(() => this.#meet(load, seconds)))
    })
  }

  #meet(load, seconds) {
    return load(this.contestant, seconds, { namespace: this.#namespace })
  }

  async #unlessFailed(act) {
    if (this.failure) return
    try {
      await act()
    } catch ({ message }) {
      this.failure = { failure: message }
    }
  }

  stop() {
    return this.#consumer.stop()
  }
}

const sums = (all) => {
  const keys = Object.keys(all[0])
  return Object.fromEntries(keys.map((key) => [key, all.reduce((sum, one) => sum + one[key], 0)]))
}

/** Of all loads of a contestant; what is resident is so at the end, and has changed from the first load on. */
function together(measured) {
  const [first, last] = [measured[0], measured.at(-1)]
  const before = first.resident - first.change.resident
  return {
    counts: sums(measured.map(({ counts }) => counts)),
    change: { ...sums(measured.map(({ change }) => change)), resident: last.resident - before },
    ...sums(measured.map(({ refused, overrun }) => ({ refused, overrun }))),
    resident: last.resident,
  }
}
