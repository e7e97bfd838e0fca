import { shrink } from '../attack/shrink.mjs'
import { difference, kindOf } from './compare.mjs'
import { Dimensions } from './dimensions.mjs'
import { perform } from './perform.mjs'
import { programOf } from './program/index.mjs'
import { smaller } from './smaller.mjs'

/** Milliseconds for packets to arrive that are not known to come: in the first run, and where there seems to be a difference. */
const quick = 2
const patient = 60
/** Candidates that are tried to make a program smaller, and how long: an emulated kernel is slow. */
const patience = 800
const shrinkingMilliseconds = 60_000

/** Two sides, and what they make different of programs. */
export class Campaign {
  /** Of the programs whose tables the real kernel took. */
  dimensions = new Dimensions()
  #simulated
  #real
  #identification = 0

  constructor(simulated, real) {
    this.#simulated = simulated
    this.#real = real
  }

  /**
   * The kind of difference that a program of a seed makes, with the smallest program found that makes one of this kind where `isNew(kind)`;
   * `undefined` when it makes none.
   */
  async find(seed, index, isNew) {
    const program = programOf(seed, index)
    const { simulated, real } = await this.#both(program, quick)
    if (real.hasTables) this.dimensions.add(program)
    if (!difference(simulated.trace, real.trace)) return undefined
    const found = await this.compare(program, patient)
    if (!found) return undefined
    const kind = kindOf(found)
    if (!isNew(kind)) return { index, kind }
    const end = performance.now() + shrinkingMilliseconds
    const shows = async (candidate) => {
      if (performance.now() > end) return false
      const other = await this.compare(candidate, patient)
      return other !== undefined && kindOf(other) === kind
    }
    const smallest = await shrink(program, smaller, shows, patience)
    return { index, kind, program: smallest, difference: await this.compare(smallest, patient) }
  }

  /** The first difference of the two sides, if any. */
  async compare(program, milliseconds) {
    const { simulated, real } = await this.#both(program, milliseconds)
    return difference(simulated.trace, real.trace)
  }

  async #both(program, milliseconds) {
    const identification = (++this.#identification % 0xfffe) + 1
    const simulated = await performOn(this.#simulated, program, { identification })
    const expected = simulated.arrivals
    const real = await performOn(this.#real, program, { identification, expected, milliseconds })
    return { simulated, real }
  }
}

async function performOn(side, program, options) {
  try {
    return await perform(program, side.begin(), { devices: side.devices, ...options })
  } finally {
    await side.end()
  }
}
