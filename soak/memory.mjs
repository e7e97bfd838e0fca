import { appendFileSync, readdirSync, writeFileSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Resident memory may grow by so much after the warm-up, which is the first fifth. */
const growthLimit = 0.05
/** A program's first seconds say nothing about a leak: so young ones are not looked at. */
const youngMilliseconds = 4_000
/** Shorter runs tell how much it is, and hold nothing against it. */
const shortestMinutes = 5

const median = (all) => all.toSorted((a, b) => a - b)[all.length >> 1]
const mebibytes = (bytes) => `${(bytes / 0x10_0000).toFixed(1)} MiB`

/** What this process holds, after garbage is collected: twice, because what a first collection finalizes is garbage of the second. */
export async function held() {
  globalThis.gc()
  await nextTurn()
  globalThis.gc()
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
  return {
    ...{ resident: rss, heap: heapUsed, external, arrayBuffers },
    handles: process.getActiveResourcesInfo().length,
    descriptors: readdirSync('/proc/self/fd').length - 1,
  }
}

/** Samples of what processes hold, over a run of so many minutes. */
export class Memory {
  #minutes
  #file
  #begun = performance.now()
  #samples = new Map()
  #minute = new Map()
  #at = 0

  constructor(minutes, file) {
    this.#minutes = minutes
    this.#file = file
    if (file) writeFileSync(file, '')
  }

  add(name, held, age = Number.POSITIVE_INFINITY) {
    if (age < youngMilliseconds) return
    const minute = Math.floor((performance.now() - this.#begun) / 60_000)
    if (minute > this.#at) this.#write()
    this.#at = minute
    const least = this.#minute.get(name)
    if (!least) this.#minute.set(name, { ...held, count: 1 })
    else {
      for (const [what, amount] of Object.entries(held)) least[what] = Math.min(least[what], amount)
      least.count++
    }
    if (!this.#samples.has(name)) this.#samples.set(name, [])
    this.#samples
      .get(name)
      .push({ at: (performance.now() - this.#begun) / (60_000 * this.#minutes), resident: held.resident })
  }

  #write() {
    for (const [name, least] of this.#minute)
      if (this.#file) appendFileSync(this.#file, `${JSON.stringify({ minute: this.#at, name, ...least })}\n`)
    this.#minute.clear()
  }

  /** The median of the fifth after the warm-up beside that of the last: lines, and what has grown. */
  report() {
    const [lines, failures] = [[], []]
    for (const [name, samples] of this.#samples) {
      const within = (from, to) => samples.filter(({ at }) => at >= from && at < to).map(({ resident }) => resident)
      const [warm, last] = [within(0.2, 0.4), within(0.8, Number.POSITIVE_INFINITY)].map(median)
      if (warm === undefined || last === undefined) continue
      const growth = last / warm - 1
      lines.push(
        `${name}: ${mebibytes(warm)} after the warm-up, ${mebibytes(last)} at the end, ${(100 * growth).toFixed(1)} %`,
      )
      if (growth > growthLimit && this.#minutes >= shortestMinutes)
        failures.push(`${name} has grown by ${(100 * growth).toFixed(1)} %`)
    }
    return { lines, failures }
  }
}
