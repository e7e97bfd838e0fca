import { marks, queues } from './rules.mjs'

/** What a verdict does to the payload it was shown. */
const edits = [
  { cut: 1 },
  { cut: 8 },
  { to: 20 },
  { to: 24 },
  { to: 40 },
  { to: 0 },
  { grow: 8 },
  { grow: 40 },
  { flip: 2 },
  { flip: 10 },
  { flip: 30 },
  {},
]

const more = (random) => ({
  ...(random.chance(0.25) && { mark: random.pick([0, ...marks]) }),
  ...(random.chance(0.15) && { priority: random.pick([0, 7]) }),
})

/** A verdict on one of the packets that wait, by its place. */
export const verdictOf = (random) => ({
  do: 'verdict',
  queue: random.pick(queues.slice(0, 2)),
  at: random.pick([0, 0, 0, 0, 1, 1, 2, -1]),
  verdict: random.weighted({ accept: 24, drop: 6, repeat: 4, stop: 4, queue: 4, stolen: 1, wide: 1, unknown: 1 }),
  ...(random.chance(0.5) && { silent: true }),
  ...more(random),
  ...(random.chance(0.2) && { edit: random.pick(edits) }),
  ...(random.chance(0.08) && { ct: { mark: random.pick(marks) } }),
})

/** A verdict on all that wait, up to one. */
export const batchOf = (random) => ({
  do: 'batch',
  queue: random.pick(queues.slice(0, 2)),
  at: random.pick([-1, -1, 0, 1]),
  verdict: random.weighted({ accept: 8, drop: 2, repeat: 1, stop: 1, queue: 1 }),
  ...(random.chance(0.5) && { silent: true }),
  ...more(random),
})

const copies = [
  { copyMode: 2, copyRange: 0xffff },
  { copyMode: 2, copyRange: 0xffff },
  { copyMode: 2, copyRange: 0xffff },
  { copyMode: 2, copyRange: 0 },
  { copyMode: 2, copyRange: 20 },
  { copyMode: 2, copyRange: 45 },
  { copyMode: 1, copyRange: 0 },
  { copyMode: 0, copyRange: 0 },
  { copyMode: 3, copyRange: 9 },
]

/** Flags of a queue: fail open 1, connections 2, super-packets 4, users 8. */
const flags = [0, 1, 2, 4, 8, 9, 12, 10]

export const settingOf = (random) => ({
  ...(random.chance(0.9) && { params: random.pick(copies) }),
  ...(random.chance(0.2) && { queueMaxlen: random.pick([0, 1, 2, 3]) }),
  ...(random.chance(0.4) && { flags: random.pick(flags), mask: random.pick([0xff, 0xff, 13, 8, 1]) }),
})

/** Settings of a queue that is there, or its end. */
export const configurationOf = (random) => ({
  do: 'configure',
  queue: random.pick(queues),
  ...(random.chance(0.25) && { command: random.pick(['bind', 'unbind', 'pfBind', 'none']) }),
  ...(random.chance(0.1) && { stranger: true }),
  settings: settingOf(random),
})
