import { median } from './statistics.mjs'

/** Each number over its fellow. */
export const quotients = (above, below) => above.map((value, round) => value / below[round])

/** Samples by scene, contestant and round. */
export class Results {
  constructor(samples = {}) {
    this.samples = samples
  }

  add(scene, contestant, round, sample) {
    this.samples[scene] ??= {}
    this.samples[scene][contestant] ??= []
    this.samples[scene][contestant][round] = sample
  }

  of(scene, contestant) {
    return (this.samples[scene]?.[contestant] ?? []).filter((sample) => sample && !sample.failure)
  }

  values(scene, contestant, metric) {
    return this.of(scene, contestant)
      .map((sample) => sample[metric])
      .filter((value) => value !== undefined)
  }

  median(scene, contestant, metric) {
    return median(this.values(scene, contestant, metric))
  }

  /** A metric of every round: no number where a round has none. */
  rounds([scene, contestant, metric]) {
    return Array.from(this.samples[scene]?.[contestant] ?? [], (sample) => sample?.[metric] ?? Number.NaN)
  }

  /** `[scene, contestant, metric]` over another, round by round, of the rounds that have both. */
  ratios(above, below) {
    return quotients(this.rounds(above), this.rounds(below)).filter(Number.isFinite)
  }
}
