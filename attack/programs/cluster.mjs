/** What ails the processes of a cluster; `modules/ills.mjs` has them by name. */
const ills = { none: 4, crash: 3, exit: 3, block: 1, silent: 2, reject: 1, throwsStrange: 1 }

const steps = {
  send: [12, (random) => ({ count: random.pick([4, 20, 100]), size: 64, pause: random.chance(0.5) })],
  sleep: [6, (random) => ({ milliseconds: random.pick([1, 20, 100, 300]) })],
  kill: [2, (random) => ({ signal: random.pick(['SIGKILL', 'SIGTERM', 'SIGSEGV']) })],
  recycle: [1, () => ({})],
  stats: [2, () => ({})],
}

const weights = Object.fromEntries(Object.entries(steps).map(([name, [weight]]) => [name, weight]))

/** A program about processes of node:cluster, with a queue each, that may be ill, killed and replaced. */
export function clusterProgram(random, first) {
  const processes = random.pick([1, 2, 3])
  const list = Array.from({ length: random.between(3, 8) }, () => {
    const name = random.weighted(weights)
    return { do: name, at: random.below(processes), ...steps[name][1](random) }
  })
  return {
    kind: 'cluster',
    first,
    processes,
    ill: random.weighted(ills),
    every: random.pick([3, 10, 30]),
    onUnjudged: random.pick(['accept', 'drop']),
    deadlineMilliseconds: random.pick([100, 300]),
    steps: [{ do: 'send', at: 0, count: 20, size: 64, pause: true }, ...list],
    seed: random.below(2 ** 31),
  }
}
