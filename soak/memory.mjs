import { appendFileSync, readdirSync, writeFileSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * What may grow by so much a minute, in bytes, when a process is warm: what lives after a collection of garbage. Compiled code and what is known of it come to an end, a
 * leak does not.
 */
const growthLimits = { heap: 4_096, buffers: 8_192 }
/** What may be more in the last third than in the one before. */
const moreLimits = { descriptors: 3, handles: 8 }
/** Resident memory is the kernel's to give back: it says little, and must not grow by more than this from third to third. */
const residentLimit = 0.15
/** A process that is younger says nothing about a leak. */
const youngMilliseconds = 4_000
/** Shorter runs tell how much it is, and hold nothing against it: they are warming up. */
const shortestMinutes = 20

/** Datagrams are received into memory of this size each: how many there are follows from how much waits, and has a limit. */
const slabBytes = 0x40_0000

/** A process that leaks on purpose. */
export const leaking = 'a leak on purpose'

const amounts = ['heap', 'buffers', 'resident', 'handles', 'descriptors']

/** What this process holds, after garbage is collected: twice, because what a first collection finalizes is garbage of the second. */
export async function held() {
  globalThis.gc()
  await nextTurn()
  globalThis.gc()
  const { rss, heapUsed, external } = process.memoryUsage()
  return {
    ...{ heap: heapUsed, buffers: external % slabBytes, resident: rss },
    handles: process.getActiveResourcesInfo().length,
    descriptors: readdirSync('/proc/self/fd').length - 1,
  }
}

/** What processes hold, over a run: of each minute the least of it, which has the fewest packets on their way. */
export class Memory {
  #minutes
  #file
  #begun = performance.now()
  /** By name: a row for each minute, made beforehand, so that keeping it does not grow. */
  #rows = new Map()
  #minute = 0

  /** Of a run of so many minutes; each minute is written into `file` where there is one. */
  constructor(minutes, file) {
    this.#minutes = Math.ceil(minutes)
    this.#file = file
    if (file) writeFileSync(file, '')
  }

  add(name, held, age = Number.POSITIVE_INFINITY) {
    if (age < youngMilliseconds) return
    const minute = Math.floor((performance.now() - this.#begun) / 60_000)
    if (minute > this.#minute) this.#write()
    this.#minute = minute
    if (minute >= this.#minutes) return
    if (!this.#rows.has(name)) this.#rows.set(name, rowsOf(this.#minutes))
    const rows = this.#rows.get(name)
    for (const amount of amounts) rows[amount][minute] = Math.min(rows[amount][minute], held[amount])
  }

  /** Lines, and what has grown; but the process that must grow: it is a failure where that is not found. */
  report() {
    const [lines, failures] = [[], []]
    for (const [name, rows] of this.#rows) {
      const told = judged(rows, this.#minutes)
      const found = name === leaking ? (told.failures.length > 0 ? [] : ['it was not found']) : told.failures
      lines.push(`${name}: ${told.line}`)
      if (this.#minutes >= shortestMinutes) failures.push(...found.map((failure) => `${name}: ${failure}`))
    }
    return { lines, failures }
  }

  #write() {
    for (const [name, rows] of this.#rows) {
      const row = Object.fromEntries(amounts.map((amount) => [amount, rows[amount][this.#minute]]))
      if (this.#file) appendFileSync(this.#file, `${JSON.stringify({ minute: this.#minute, name, ...row })}\n`)
    }
  }
}

const rowsOf = (minutes) =>
  Object.fromEntries(amounts.map((amount) => [amount, new Float64Array(minutes).fill(Number.POSITIVE_INFINITY)]))

/** What grows, of a process whose first half is its warm-up. */
function judged(rows, minutes) {
  const failures = []
  const within = (amount, from, to) =>
    Array.from(rows[amount].subarray(Math.floor(minutes * from), Math.ceil(minutes * to))).filter(Number.isFinite)
  const slopes = Object.keys(growthLimits).map((amount) => {
    const slope = slopeOf(Array.from(rows[amount].subarray(minutes >> 1)))
    if (slope > growthLimits[amount]) failures.push(`its ${amount} grow by ${kibibytes(slope)} a minute`)
    return `${amount} ${mebibytes(Math.min(...within(amount, 0.5, 1)))} and ${kibibytes(slope)} a minute`
  })
  const thirds = (amount) => [within(amount, 1 / 3, 2 / 3), within(amount, 2 / 3, 1)].map((all) => Math.min(...all))
  for (const [amount, limit] of Object.entries(moreLimits)) {
    const [before, last] = thirds(amount)
    if (last > before + limit) failures.push(`${before} ${amount} have become ${last}`)
  }
  const [before, last] = thirds('resident')
  if (last > before * (1 + residentLimit))
    failures.push(`its resident memory has gone from ${mebibytes(before)} to ${mebibytes(last)}`)
  const [descriptors] = thirds('descriptors').slice(-1)
  return {
    line: `${slopes.join(', ')}; resident ${mebibytes(before)}, then ${mebibytes(last)}; ${descriptors} descriptors`,
    failures,
  }
}

/** The median of the slopes between any two minutes (Theil and Sen): a few odd ones do not matter. */
function slopeOf(values) {
  const slopes = values.flatMap((value, i) => values.slice(i + 1).map((later, k) => (later - value) / (k + 1)))
  const known = slopes.filter(Number.isFinite).sort((a, b) => a - b)
  return known[known.length >> 1] ?? 0
}

const mebibytes = (bytes) => `${(bytes / 0x10_0000).toFixed(2)} MiB`
const kibibytes = (bytes) => `${(bytes / 1_024).toFixed(1)} KiB`
