/**
 * The contestants of each series at each step: `node at 64`. A series says its name, whether it is ours, and what a step of it is made of. Its steps come one behind the
 * other: a machine that is moved between two speeds would else compare one step at either.
 */
export const along = (steps, ...series) =>
  series.flatMap(({ name, ours, of }) =>
    steps.map((at) => ({ name: `${name} at ${at}`, series: name, at, ours, ...of(at) })),
  )
