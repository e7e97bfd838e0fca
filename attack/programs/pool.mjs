/** What ails the workers of a pool; `modules/worker.mjs` has them by name. */
const ills = {
  none: 4,
  crash: 3,
  exit: 3,
  spin: 2,
  block: 2,
  silent: 2,
  reject: 1,
  timer: 2,
  noise: 1,
  failsToLoad: 1,
  neverLoads: 1,
  throwsStrange: 1,
}

const steps = {
  send: [12, (random) => ({ count: random.pick([4, 20, 100]), size: 64, pause: random.chance(0.5) })],
  sleep: [6, (random) => ({ milliseconds: random.pick([1, 20, 100, 300]) })],
  stats: [3, () => ({})],
  openSecond: [1, () => ({})],
}

const weights = Object.fromEntries(Object.entries(steps).map(([name, [weight]]) => [name, weight]))

/** A program about a pool of four queues whose workers may be ill. */
export function poolProgram(random, first) {
  const list = Array.from({ length: random.between(3, 8) }, () => {
    const name = random.weighted(weights)
    return { do: name, ...steps[name][1](random) }
  })
  return {
    kind: 'pool',
    first,
    workers: random.pick([1, 2, 4]),
    ill: random.weighted(ills),
    every: random.pick([3, 10, 30]),
    onUnjudged: random.pick(['accept', 'drop']),
    deadlineMilliseconds: random.pick([100, 300]),
    listeners: random.weighted({ quiet: 3, throw: 1 }),
    steps: [{ do: 'send', count: 20, size: 64, pause: true }, ...list],
    seed: random.below(2 ** 31),
  }
}
