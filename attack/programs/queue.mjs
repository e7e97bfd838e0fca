import { ending, manners } from '../subject/manners.mjs'

const usual = Object.keys(manners).filter((name) => !ending.includes(name))

/** How a queue is opened, how its packets are taken, and what its handler does with them. */
function queueOf(random, number, shares) {
  const failOpen = random.chance(0.15)
  const given = {
    onUnjudged: random.pick(['accept', 'accept', 'drop']),
    deadlineMilliseconds: random.pick([30, 100, 100, 300, 300, 1_000]),
    maxLength: random.pick([undefined, undefined, 4, 64, 1_024]),
    receiveBuffer: random.pick([undefined, undefined, undefined, 4_096, 60_000]),
    failOpen: failOpen || undefined,
    copyRange: random.pick([undefined, undefined, 64]),
    conntrack: random.pick(['off', 'off', 'prefer']),
    copyMode: random.chance(0.06) ? 'meta' : undefined,
  }
  const flows = random.weighted({
    none: 12,
    fine: 1,
    peekThrows: 1,
    getThrows: 1,
    getNever: 1,
    getRejects: 1,
    markNever: 1,
    markRejects: 1,
    markThrows: 1,
  })
  return {
    number,
    shares,
    options: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    flows,
    table: random.weighted({ usual: 14, throws: 1, nonsense: 1 }),
    signal: random.chance(0.3),
    listeners: random.weighted({ quiet: 12, throw: 2, reenter: 2, none: 1 }),
    take: random.weighted({ run: 8, iterate: 2, batches: 2 }),
    limit: random.pick([1, 2, 16, 1_024]),
    manners: [
      ...random.some(usual, random.between(1, 4)),
      ...(flows === 'none' ? [] : random.some(['connmark'], random.below(2))),
      ...random.some(ending, random.chance(0.15) ? 1 : 0),
    ],
    /** How often each packet is simply accepted. */
    calm: random.pick([0, 0.5, 0.9]),
  }
}

const faults = [
  (random) => ({ kind: 'send error', code: random.pick(['ENOBUFS', 'EAGAIN', 'ENOMEM']), times: random.between(1, 3) }),
  (random) => ({ kind: 'read error', code: random.pick(['EINTR', 'ENOMEM']), times: random.between(1, 3) }),
  (random) => ({ kind: 'overrun', at: random.between(1, 20) }),
  () => ({ kind: 'lost answer' }),
  (random) => ({ kind: 'delayed answer', turns: random.between(1, 20) }),
  () => ({ kind: 'reordered messages' }),
  (random) => ({ kind: 'truncated datagram', at: random.between(1, 10), length: random.between(0, 80) }),
  (random) => ({
    kind: 'damaged datagram',
    at: random.between(1, 10),
    // Not the attribute that says whose packet it is, and nothing an acknowledgement is too short for.
    offset: random.pick([random.between(0, 19), random.between(28, 35)]),
    byte: random.below(256),
  }),
]

const settings = (random) =>
  random.pick([
    { copyRange: random.pick([64, 100, 65_531]) },
    { maxLength: random.pick([8, 100, 2_048]) },
    { failOpen: random.chance(0.5) },
    { copyRange: 0 },
    { maxLength: Number.NaN },
  ])

/** What is done to the queues, by name, with how often. */
const steps = {
  send: [
    24,
    (random) => ({
      count: random.pick([1, 2, 5, 10, 40, 200]),
      size: random.pick([12, 64, 500, 1_300]),
      pause: random.chance(0.3),
      wait: random.chance(0.8),
    }),
  ],
  sleep: [8, (random) => ({ milliseconds: random.pick([1, 5, 20, 60, 150]) })],
  pause: [2, () => ({})],
  resume: [3, () => ({})],
  configure: [2, (random) => ({ settings: settings(random) })],
  configureTwice: [1, (random) => ({ settings: settings(random), more: settings(random) })],
  outage: [3, (random) => ({ code: random.pick([105, 11, 12]), milliseconds: random.pick([5, 50, 200]) })],
  fault: [3, (random) => ({ fault: random.pick(faults)(random) })],
  busy: [2, (random) => ({ milliseconds: random.pick([5, 20, 60]) })],
  judgeHeld: [3, () => ({})],
  stats: [1, () => ({})],
  close: [2, (random) => ({ wait: random.chance(0.5) })],
  reopen: [3, () => ({})],
  abort: [1, () => ({})],
  openAborted: [1, () => ({})],
  openOwned: [1, () => ({})],
  openWrong: [1, (random) => ({ wrong: random.pick(wrongOptions) })],
  closeTransport: [0.3, () => ({})],
}

/** Options no queue may be opened with. */
const wrongOptions = [
  { onUnjudged: 'toString' },
  { onUnjudged: '__proto__' },
  { onUnjudged: 'ACCEPT' },
  { deadlineMilliseconds: Number.NaN },
  { deadlineMilliseconds: 0 },
  { deadlineMilliseconds: '5' },
  { copyRange: 1.5 },
  { copyMode: 'constructor' },
  { maxLength: 2 ** 32 },
  { number: -1 },
  { number: '3' },
  { receiveBuffer: 0 },
]

const weights = Object.fromEntries(Object.entries(steps).map(([name, [weight]]) => [name, Math.round(10 * weight)]))

/** A program about one or two queues: data, which the interpreter runs. */
export function queueProgram(random, first) {
  const count = random.pick([1, 1, 1, 2])
  const shared = random.chance(0.5)
  const queues = Array.from({ length: count }, (_, i) => queueOf(random, first + i, i > 0 && shared))
  const length = random.between(4, 14)
  const list = [{ do: 'send', queue: 0, ...steps.send[1](random) }]
  while (list.length < length) {
    const name = random.weighted(weights)
    list.push({ do: name, queue: random.below(count), ...steps[name][1](random) })
  }
  // The kernel hands packets over in order, and one verdict for many goes by that.
  const ordered = queues.some((queue) => queue.manners.includes('through'))
  const kept = list.filter((step) => !(ordered && step.fault?.kind === 'reordered messages'))
  return { kind: 'queue', queues, steps: kept, seed: random.below(2 ** 31) }
}
