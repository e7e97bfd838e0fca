import { openMnl } from '@nfkit/mnl-native'
import { openPool, openQueue, QueueError } from '@nfkit/nfqueue'
import { blockMilliseconds } from '../modules/block.mjs'
import { fault } from './fault.mjs'
import { accepted, records, rows, toldLost, withLog } from './log.mjs'
import { patience } from './trial.mjs'

/** A worker that never loads is ended after ten seconds; others, which do not load either, have five more to close. */
const openingPatience = 20_000
/** A worker that hangs has to be noticed within so much. */
const watchfulness = 15_000

/** What happened to a pool as it tells. */
class Chronicle {
  died = 0
  back = 0
  stuck = 0

  constructor(pool, throws) {
    const hear = (event, key) =>
      pool.on(event, () => {
        this[key]++
        if (throws) throw fault()
      })
    hear('workerDied', 'died')
    hear('workerBack', 'back')
    hear('workerStuck', 'stuck')
  }

  get lost() {
    return this.died + this.stuck
  }
}

/** Runs a program about a pool: whatever its workers do, it opens or says why not, packets are explained, and it closes. */
export async function poolTrial(program, world, trial) {
  await withLog((log) => poolRun(program, world, trial, log))
  return trial.sent?.length ?? 0
}

async function poolRun(program, world, trial, log) {
  const { first, workers, ill, every, onUnjudged, deadlineMilliseconds } = program
  const module = new URL('../modules/worker.mjs', import.meta.url)
  for (const [key, value] of Object.entries({ ill, every, log, onUnjudged, deadline: deadlineMilliseconds }))
    module.searchParams.set(key, value)
  const options = { queues: [first, first + 3], module, workers }
  if (program.steps.some((step) => step.do === 'openSecond')) await ownedPool(options, trial)
  const opened = await trial.within(
    'openPool',
    openPool(options).catch((error) => ({ error })),
    openingPatience,
  )
  if (!opened || opened.error) {
    if (opened && ill !== 'failsToLoad' && ill !== 'neverLoads')
      trial.find('a pool cannot be opened', String(opened.error))
    await trial.until(() => rows(first).length === 0, 2_000)
    if (opened && rows(first).length > 0)
      trial.find('a pool that failed to open leaves queues', JSON.stringify(rows(first)))
    return
  }
  if (ill === 'neverLoads' || ill === 'failsToLoad') trial.find('a pool opened without its module')
  const chronicle = new Chronicle(opened, program.listeners === 'throw')
  const sent = []
  trial.sent = sent
  const acts = {
    async send(step) {
      const from = await world.send({ ...step, queue: first, balanced: true })
      for (let i = 0; i < step.count; i++) sent.push(from + i)
    },
    sleep: ({ milliseconds }) => world.sleep(milliseconds),
    stats: () => trial.within('pool.stats()', opened.stats()),
    openSecond: () => {},
  }
  for (const step of program.steps) await acts[step.do](step)
  await recover(program, trial, chronicle, world, log)
  const before = chronicle.lost
  const stats = await trial.within('pool.stats()', opened.stats())
  if ((await trial.within('pool.close()', opened.close())) === undefined) {
    await trial.until(() => rows(first).length === 0, 1_000)
  }
  if (rows(first).length > 0) trial.find('queues are left when a pool is closed', JSON.stringify(rows(first)))
  judge({ sent, passed: await world.passed(), records: records(log), stats, mayLose: before > 0, world, trial })
}

/** Dead workers are replaced, hanging ones noticed, and all packets judged by their deadline. */
async function recover({ first, ill, deadlineMilliseconds }, trial, chronicle, world, log) {
  // Some of them no worker may have read yet.
  const inKernel = () => rows(first).reduce((sum, { waiting }) => sum + waiting, 0)
  const waits = () => Math.max(inKernel(), records(log).filter(({ verdict }) => verdict === undefined).length)
  await world.sleep(deadlineMilliseconds + 300)
  if (ill === 'spin' && waits() > 0 && !(await trial.until(() => chronicle.lost > 0, watchfulness)))
    trial.find('a worker that hangs is not noticed', `${waits()} packets wait for ${watchfulness} ms`)
  if (chronicle.lost > 0 && !(await trial.until(() => chronicle.back > 0, patience)))
    trial.find('a worker is not replaced', `${chronicle.died} died, ${chronicle.stuck} stuck`)
  // While a handler computes nothing else happens in its thread, deadlines included: those in its burst come one after another.
  const computing = ill === 'block' ? waits() * blockMilliseconds : 0
  if (chronicle.lost > 0 || ill === 'spin') return
  if (!(await trial.until(() => waits() === 0 || chronicle.lost > 0, 4_000 + computing)))
    trial.find('a packet waits past its deadline', `${waits()} in the pool, ill: ${ill}`)
}

/** A pool that cannot have a queue says so as `openQueue` does. */
async function ownedPool(options, trial) {
  const queue = await openQueue(openMnl(), { number: options.queues[1], conntrack: 'off' })
  const result = await trial.within(
    'openPool with an owned queue',
    openPool(options).catch((error) => ({ error })),
    openingPatience,
  )
  const error = result?.error
  const loads = !/ill=(failsToLoad|neverLoads)/.test(options.module.href)
  if (result && loads && !(error instanceof QueueError && error.reason === 'owned'))
    trial.find('a pool refused for an owned queue does not say so', `${error?.constructor?.name}: ${error?.message}`)
  await queue.close()
}

function judge({ sent, passed, records, stats, mayLose, world, trial }) {
  if (world.blind) return
  const byNumber = new Map(records.map((record) => [record.number, record]))
  let dropped = 0
  for (const number of sent) {
    const record = byNumber.get(number)
    const through = passed.get(number)
    if (record?.verdict !== undefined) {
      if ((record.verdict === accepted) !== through)
        trial.find(
          'a verdict and what came of it differ',
          `packet ${number}: ${record.verdict} was sent; ${world.story(number)}`,
        )
    } else if (through) trial.find('passed unseen, and nobody said so', `packet ${number} in a pool`)
    else dropped++
  }
  const told = stats ? toldLost(stats) : 0
  if (dropped > told && !mayLose) trial.find('lost, and nobody said so', `${dropped} in a pool, ${told} told`)
}
