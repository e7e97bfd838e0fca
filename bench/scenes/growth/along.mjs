/**
 * The contestants of each series at each step: `node at 64`. A series says its name, whether it is ours, and what a step of it is made of.
 */
export const along = (steps, ...series) =>
  steps.flatMap((at) =>
    series.map(({ name, ours, of }) => ({ name: `${name} at ${at}`, series: name, at, ours, ...of(at) })),
  )
