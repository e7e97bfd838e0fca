/** Resident memory may grow by so much after the warm-up, which is the first fifth. */
const growthLimit = 0.05
/** A program's first seconds say nothing about a leak: so young ones are not looked at. */
const youngMilliseconds = 4_000
/** Shorter runs tell how much it is, and hold nothing against it. */
const shortestMinutes = 5

const median = (all) => all.toSorted((a, b) => a - b)[all.length >> 1]
const mebibytes = (bytes) => `${(bytes / 0x10_0000).toFixed(1)} MiB`

/** Samples of resident memory of processes, over a run of so many minutes. */
export class Memory {
  #minutes
  #begun = performance.now()
  #samples = new Map()

  constructor(minutes) {
    this.#minutes = minutes
  }

  add(name, resident, age = Number.POSITIVE_INFINITY) {
    if (age < youngMilliseconds) return
    if (!this.#samples.has(name)) this.#samples.set(name, [])
    this.#samples.get(name).push({ at: (performance.now() - this.#begun) / (60_000 * this.#minutes), resident })
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
