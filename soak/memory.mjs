import { appendFileSync, readdirSync, writeFileSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { queryObjects } from 'node:v8'

/** Node's options for a program that tells what it holds. */
export const measuring = ['--expose-gc', '--disable-warning=ExperimentalWarning']

/**
 * What may grow by so much a minute while nothing is under way and nothing is remembered. Objects that live say it: what V8 compiles and learns is in the heap, too, and grows by tens of
 * kilobytes a minute for half an hour, which would hide a leak.
 */
const growthLimits = { objects: 10, heap: 0x2_0000, buffers: 0x2000 }
/** How many more there may be at a later look than at the first that counts. */
const moreLimits = { descriptors: 3, handles: 8 }
/** Resident memory is the kernel's to give back: it says little, and must not grow by more than this. */
const residentLimit = 0.2
/** The first look is of a program that is warming up. */
const warmingUp = 1
/** Fewer looks tell how much it is, and hold nothing against it. */
const fewestLooks = 5
/** A process that is younger says nothing about a leak. */
const youngMilliseconds = 4_000

/** Datagrams are received into memory of this size each: how many there are follows from how much waits, and has a limit. */
const slabBytes = 0x40_0000

/** A process that leaks on purpose. */
export const leaking = 'a leak on purpose'

const amounts = ['objects', 'heap', 'buffers', 'resident', 'handles', 'descriptors']

/** What this process holds, after garbage is collected: twice, because what a first collection finalizes is garbage of the second. */
export async function held() {
  globalThis.gc()
  await nextTurn()
  globalThis.gc()
  const { rss, heapUsed, external } = process.memoryUsage()
  return {
    objects: queryObjects(Object, { format: 'count' }),
    ...{ heap: heapUsed, buffers: external % slabBytes, resident: rss },
    handles: process.getActiveResourcesInfo().length,
    descriptors: readdirSync('/proc/self/fd').length - 1,
  }
}

/** What processes hold, over a run: looked at while nothing is under way. */
export class Memory {
  #file
  #begun = performance.now()
  #looks = 0
  #isLooking = false
  /** By name and look: the least. */
  #rows = new Map()

  /** What was held is written into `file`, where there is one, as it is told. */
  constructor(file) {
    this.#file = file
    if (file) writeFileSync(file, '')
  }

  /** From here on what is added counts as one look, until it is over. */
  begin() {
    this.#isLooking = true
  }

  end() {
    this.#isLooking = false
    this.#looks++
  }

  add(name, held, age = Number.POSITIVE_INFINITY) {
    const minute = (performance.now() - this.#begun) / 60_000
    if (this.#file)
      appendFileSync(this.#file, `${JSON.stringify({ minute, name, age, look: this.#isLooking, ...held })}\n`)
    if (!this.#isLooking || age < youngMilliseconds) return
    if (!this.#rows.has(name)) this.#rows.set(name, [])
    const rows = this.#rows.get(name)
    const before = rows[this.#looks]
    rows[this.#looks] = { minute, ...held }
    for (const amount of amounts) rows[this.#looks][amount] = Math.min(held[amount], before?.[amount] ?? held[amount])
  }

  /** Lines, and what has grown; but the process that must grow: it is a failure where that is not found. */
  report() {
    const [lines, failures] = [[], []]
    for (const [name, rows] of this.#rows) {
      const looks = rows.slice(warmingUp).filter(Boolean)
      if (looks.length === 0) continue
      const grown = judged(looks)
      const found = name === leaking ? (grown.length > 0 ? [] : ['it was not found']) : grown
      lines.push(`${name}: ${line(looks)}`)
      // Workers follow each other: none of them is as old as its leak would have to be.
      if (this.#looks >= fewestLooks && !isSuccession(name))
        failures.push(...found.map((failure) => `${name}: ${failure}`))
    }
    return { lines, failures }
  }
}

const isSuccession = (name) => name === 'gate here'

const line = (looks) => {
  const all = (amount, told) => looks.map((look) => told(look[amount])).join(', ')
  const grown = Object.keys(growthLimits).map(
    (amount) => `${amount} ${all(amount, units[amount])}, ${perMinute(looks, amount)} a minute`,
  )
  return [...grown, `resident ${all('resident', mebibytes)}`, `descriptors ${all('descriptors', String)}`].join('; ')
}

/** What grows: sentences. */
function judged(looks) {
  const failures = []
  for (const [amount, limit] of Object.entries(growthLimits)) {
    const slope = slopeOf(looks, amount)
    if (slope > limit) failures.push(`${amount} grow by ${perMinute(looks, amount)} a minute`)
  }
  const [first, last] = [looks[0], looks.at(-1)]
  for (const [amount, limit] of Object.entries(moreLimits))
    if (last[amount] > first[amount] + limit) failures.push(`${first[amount]} ${amount} have become ${last[amount]}`)
  if (last.resident > first.resident * (1 + residentLimit))
    failures.push(`resident memory has gone from ${mebibytes(first.resident)} to ${mebibytes(last.resident)}`)
  return failures
}

/** The median of the slopes between any two looks (Theil and Sen), in bytes a minute: an odd one does not matter. */
function slopeOf(looks, amount) {
  const slopes = looks.flatMap((one, i) =>
    looks.slice(i + 1).map((later) => (later[amount] - one[amount]) / (later.minute - one.minute)),
  )
  slopes.sort((a, b) => a - b)
  return slopes.length === 0 ? 0 : (slopes[(slopes.length - 1) >> 1] + slopes[slopes.length >> 1]) / 2
}

const mebibytes = (bytes) => `${(bytes / 0x10_0000).toFixed(2)} MiB`
const units = { objects: String, heap: mebibytes, buffers: mebibytes }

function perMinute(looks, amount) {
  const slope = slopeOf(looks, amount)
  return amount === 'objects' ? slope.toFixed(1) : `${(slope / 1_024).toFixed(1)} KiB`
}
