import { summary } from '../statistics.mjs'

/** The scene of a report, if it was measured: its title, its contestants and its samples. */
export const sceneOf = ({ scenes, samples }, name) => {
  const scene = scenes.find((one) => one.name === name)
  return scene && { ...scene, samples: samples[name] ?? {} }
}

/** As exactly as it can be seen. */
const short = (value) => Number(value.toPrecision(4))

/** Median and extremes of a metric over the rounds of each contestant that has it. */
export function figures({ contestants, samples }, metric, scale = 1) {
  return contestants.flatMap(({ name, series, at, ours }) => {
    const values = (samples[name] ?? []).map((sample) => sample?.[metric]).filter(Number.isFinite)
    const { median, min, max } = summary(values.map((value) => value * scale)) ?? {}
    const told = { contestant: name, series, at, ours: ours === true }
    return median === undefined ? [] : [{ ...told, median: short(median), min: short(min), max: short(max) }]
  })
}

/** What it was measured on, for a line below a picture. */
export const measuredOn = ({ machine, noise, options }) =>
  `${machine.cpu}, ${machine.cores} processors, Linux ${machine.kernel.split('-')[0]}, Node ${machine.node}; median and extremes of ${options.rounds} round${options.rounds === 1 ? '' : 's'}, load average ${Math.round(noise.load[1])}`
