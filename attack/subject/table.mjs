import { openConntrack } from '@nfkit/conntrack'
import { fault } from './fault.mjs'
import { Tap } from './tap.mjs'

const tuple = (n) => ({
  protocol: 'udp',
  source: { address: `10.0.${(n >> 8) & 255}.${n & 255}`, port: 4_000 },
  destination: { address: '10.9.9.9', port: 53 },
})

/** Filters of views and dumps; those that throw do so for a reason of their own. */
const filters = {
  all: () => ({}),
  udp: () => ({ protocol: 'udp' }),
  marked: () => ({ mark: 1 }),
  throws: () => ({
    where: () => {
      throw fault()
    },
  }),
  throwsOnce: () => {
    let looks = 0
    return {
      where: () => {
        if (++looks === 5) throw fault()
        return true
      },
    }
  },
  throwsAtMark: () => ({
    where: ({ mark }) => {
      if (mark === 3) throw fault()
      return true
    },
  }),
}

/** A view, and what it tells: the flows that follow from its changes alone. */
class Viewer {
  synced = 0
  gaps = 0
  ended = false
  error
  flows = new Map()
  #watch
  #plan

  constructor(table, plan, world) {
    this.#plan = plan
    const { resyncSeconds } = plan.options
    const options = resyncSeconds === 'Infinity' ? { resyncSeconds: Number.POSITIVE_INFINITY } : {}
    this.#watch = table.watch(filters[plan.filter](), { ...plan.options, ...options })
    this.#follow(world)
  }

  get filter() {
    return this.#plan.filter
  }
  get mayEnd() {
    return this.#plan.filter.startsWith('throws')
  }
  get keys() {
    return Array.from(this.#watch.flows(), keyOf).sort()
  }
  resync() {
    this.#watch.resync()
  }
  close() {
    this.#watch.close()
  }

  async #follow(world) {
    try {
      for await (const change of this.#watch) {
        if (change.kind === 'synced') this.synced++
        else if (change.kind === 'gap') this.gaps++
        else if (change.kind === 'removed') this.flows.delete(identity(change.flow))
        else this.flows.set(identity(change.flow), change.flow)
        if (this.#plan.slow && this.flows.size % 50 === 0) await world.sleepInside(1)
      }
    } catch (error) {
      this.error = error
    }
    this.ended = true
  }
}

const identity = ({ original, id }) => `${original.source.address}:${original.source.port}/${id}`
const keyOf = (flow) => `${identity(flow)}/${flow.mark ?? 0}`

const every = (list, act) => Promise.allSettled(list.map(act))
const numbers = ({ from, count }) => Array.from({ length: count }, (_, i) => (from + i) % 2_000)

/** What a program does to the table. */
const acts = {
  create: ({ table }, step) =>
    every(numbers(step), (n) => table.create({ original: tuple(n), timeoutSeconds: 600, mark: n % 4 })),
  remove: ({ table }, step) => every(numbers(step), (n) => table.delete(tuple(n))),
  update: ({ table }, step) => every(numbers(step), (n) => table.update(tuple(n), { mark: step.mark })),
  flush: ({ table }, { mark }) => every([mark], () => table.flush({ mark })),
  sleep: ({ world }, { milliseconds }) => world.sleep(milliseconds),
  busy: ({ world }, { milliseconds }) => world.busy(milliseconds),
  resync: ({ viewers }) => {
    for (const viewer of viewers) if (!viewer.ended) viewer.resync()
  },
  async dump({ table }, { where }) {
    try {
      for await (const _ of table.dump(filters[where]()).batches());
    } catch {}
  },
  getAll: ({ table }, { count }) => every(numbers({ from: 0, count }), (n) => table.get(tuple(n))),
  fault: ({ inject }, step) => inject(step.fault),
}

/** Dumps cost; between two of them there is more than this many milliseconds, except for those asked for and for gaps. */
const dumpRate = 100

/** Runs a program about the table: in the end every view is the table, or has ended with an error. */
export async function tableTrial(program, world, trial) {
  world.sleepInside = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))
  const { transport, inject } = world.transport()
  const dumps = countSiblings(transport, () => world.activity++)
  const tap = new Tap(transport, { busy: () => world.activity++, delivered() {}, left() {} })
  const table = await openConntrack(tap.transport)
  const viewers = program.views.map((plan) => new Viewer(table, plan, world))
  const stage = { table, world, viewers, inject }
  for (const step of program.steps) await trial.within(step.do, Promise.resolve(acts[step.do](stage, step)))
  // Faults that have not come yet are used up, for better or worse.
  for (let i = 0; i < 4; i++)
    await trial.within(
      'get',
      table.get(tuple(0)).catch(() => {}),
    )
  const counted = dumps.count
  const began = performance.now()
  await world.sleep(1_500)
  const most = 2 + viewers.length * Math.ceil((performance.now() - began) / dumpRate)
  if (dumps.count - counted > most)
    trial.find('a storm of dumps', `${dumps.count - counted} in 1.5 s of quiet, at most ${most} expected`)
  await compare(viewers, table, trial)
  for (const viewer of viewers) viewer.close()
  await trial.until(() => viewers.every(({ ended }) => ended), 2_000)
  if (viewers.some(({ ended }) => !ended)) trial.find('a view does not end when it is closed')
  table.close()
  await trial.end()
  await world.end()
  return 0
}

async function compare(viewers, table, trial) {
  for (const viewer of viewers) {
    if (viewer.ended) {
      if (!viewer.error) trial.find('a view ended without a word', viewer.filter)
      continue
    }
    const before = viewer.synced
    viewer.resync()
    const synced = await trial.until(() => viewer.synced > before || viewer.ended, 5_000)
    if (!synced) trial.find('a view is never synced', `${viewer.filter}: synced ${viewer.synced} times`)
    if (!synced || viewer.ended) continue
    const expected = []
    const filter = viewer.filter.startsWith('throws') ? {} : filters[viewer.filter]()
    for await (const flow of table.dump(filter)) expected.push(keyOf(flow))
    expected.sort()
    const same = () =>
      viewer.keys.join() === expected.join() && [...viewer.flows.values()].map(keyOf).sort().join() === expected.join()
    if (!(await trial.until(same, 2_000)))
      trial.find(
        'a view is not the table',
        `${viewer.filter}: ${viewer.keys.length} in the view, ${viewer.flows.size} by its changes, ${expected.length} in the table, ${viewer.gaps} gaps`,
      )
  }
}

/** Counts the sockets a transport is asked for besides itself: dumps have one each. */
function countSiblings(transport, busy) {
  const counter = { count: 0 }
  const sibling = transport.sibling.bind(transport)
  transport.sibling = (options) => {
    counter.count++
    const made = new Tap(sibling(options), { busy, delivered() {}, left() {} }).transport
    return made
  }
  return counter
}
