/** What is done to the table, by name, with how often. */
const steps = {
  create: [10, (random) => ({ from: random.below(2_000), count: random.pick([1, 10, 100, 400]) })],
  remove: [6, (random) => ({ from: random.below(2_000), count: random.pick([1, 10, 100]) })],
  update: [5, (random) => ({ from: random.below(2_000), count: random.pick([1, 20]), mark: random.below(4) })],
  flush: [1, (random) => ({ mark: random.below(4) })],
  sleep: [6, (random) => ({ milliseconds: random.pick([1, 20, 100, 400]) })],
  busy: [2, (random) => ({ milliseconds: random.pick([5, 40]) })],
  resync: [2, () => ({})],
  dump: [2, (random) => ({ where: random.pick(['all', 'all', 'throws', 'marked']) })],
  getAll: [1, (random) => ({ count: random.pick([10, 300]) })],
  fault: [2, (random) => ({ fault: random.pick(faults)(random) })],
}

/** Faults of the table's own socket. */
const faults = [
  (random) => ({ kind: 'send error', code: random.pick(['ENOBUFS', 'EAGAIN']), times: 1 }),
  (random) => ({ kind: 'read error', code: random.pick(['EINTR', 'ENOMEM']), times: random.between(1, 2) }),
  (random) => ({ kind: 'delayed answer', turns: random.between(1, 20) }),
  () => ({ kind: 'lost answer' }),
  (random) => ({ kind: 'damaged datagram', offset: random.between(0, 35), byte: random.below(256) }),
]

const weights = Object.fromEntries(Object.entries(steps).map(([name, [weight]]) => [name, weight]))

/** A program about the connection tracking table: views of it, and what happens to it meanwhile. */
export function tableProgram(random) {
  const views = Array.from({ length: random.between(1, 3) }, () => ({
    filter: random.weighted({ all: 5, marked: 2, udp: 2, throwsOnce: 1, throwsAtMark: 1 }),
    options: Object.fromEntries(
      Object.entries({
        resyncSeconds: random.pick([undefined, 0, 0.2, 1, 60, Number.MAX_SAFE_INTEGER, 1e9, 'Infinity']),
        receiveBuffer: random.pick([undefined, undefined, 4_096]),
      }).filter(([, value]) => value !== undefined),
    ),
    slow: random.chance(0.2),
  }))
  const list = Array.from({ length: random.between(4, 14) }, () => {
    const name = random.weighted(weights)
    return { do: name, ...steps[name][1](random) }
  })
  return { kind: 'table', views, steps: list, seed: random.below(2 ** 31) }
}
