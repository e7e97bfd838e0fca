import { median } from './statistics.mjs'

/** Samples by scene, contestant and round. */
export class Results {
  samples = {}

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

  /** `[scene, contestant, metric]` over another, round by round. */
  ratios([scene, contestant, metric], [otherScene, other, otherMetric]) {
    const above = this.samples[scene]?.[contestant] ?? []
    const below = this.samples[otherScene]?.[other] ?? []
    return above.map((sample, round) => sample?.[metric] / below[round]?.[otherMetric]).filter(Number.isFinite)
  }
}
