import { shrink } from '../attack/shrink.mjs'
import { difference, kindOf } from './compare.mjs'
import { identificationOf, performOn } from './perform.mjs'
import { programOf } from './program/index.mjs'
import { smaller } from './smaller.mjs'
import { Dimensions } from './tally/dimensions.mjs'

/** Milliseconds for packets to arrive that are not known to come: in the first run, and where there seems to be a difference. */
const quick = 2
const patient = 60
/** Candidates that are tried to make a program smaller, and how long: an emulated kernel is slow. */
const patience = 800
const shrinkingMilliseconds = 60_000

/**
 * Seconds in which a program is to be through: elements of sets and timeouts live longer. A slower run is no evidence of a difference, and is
 * repeated so many times at most.
 */
const soon = 3
const repetitions = 4

/** Numbers of runs beyond those of programs, for those that are run again. */
const further = 0x8000

/** Two sides, and what they make different of programs. */
export class Campaign {
  /** Of the programs whose tables the real kernel took. */
  dimensions = new Dimensions()
  #simulated
  #real
  #foretold
  #runs = 0

  /** `foretold` is what the simulated side says of programs, by index, where that is known already: see `foretold/`. */
  constructor(simulated, real, foretold = new Map()) {
    this.#simulated = simulated
    this.#real = real
    this.#foretold = foretold
  }

  /**
   * The kind of difference that a program of a seed makes, with the smallest program found that makes one of this kind where `isNew(kind)`;
   * `undefined` when it makes none.
   */
  async find(seed, index, isNew) {
    const { program, said } = this.#foretold.get(index) ?? { program: programOf(seed, index) }
    const { simulated, real } = await this.#both(program, { milliseconds: quick, number: index, said })
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
    for (let again = repetitions; ; again--) {
      const number = further + (this.#runs++ % further)
      const { simulated, real } = await this.#both(program, { milliseconds, number })
      const found = difference(simulated.trace, real.trace)
      if (!found || real.seconds <= soon || again === 0) return found
    }
  }

  async #both(program, { milliseconds, number, said }) {
    const identification = identificationOf(number)
    const simulated = said ?? (await performOn(this.#simulated, program, { identification }))
    const expected = simulated.arrivals
    const real = await performOn(this.#real, program, { identification, expected, milliseconds })
    return { simulated, real }
  }
}
