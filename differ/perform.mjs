import { Stage } from './stage.mjs'
import { take } from './steps.mjs'
import { arrivalLines } from './trace/arrival.mjs'

/**
 * Go through a program on a world that has nothing yet; resolves to what the kernel said at each step, as lines, and after how many seconds,
 * how many packets got through, whether its tables are there, and how many seconds all of it took, without those that the program waits. `expected` is how many are known to get through, and `milliseconds` how long to wait for them at
 * most; `identification` and `devices` are the stage's.
 */
async function perform(program, world, { expected = 0, ...options }) {
  const { milliseconds } = options
  const stage = new Stage(world, options)
  const trace = []
  const started = performance.now()
  const sinceThen = () => (performance.now() - started) / 1000
  const record = async (of, lines) => trace.push({ of, lines: await said(lines), seconds: sinceThen() })
  await record('open', stage.open(program))
  for (const step of program.steps) await record(step.do, take(stage, step))
  await record('end', stage.end())
  // A super-packet has arrived, in part, when all its segments are judged.
  await stage.close()
  const arrivals = await world.arrivals(expected, milliseconds)
  await record('arrivals', Promise.resolve(arrivalLines(arrivals)))
  await stage.complete()
  const waits = program.steps.reduce((sum, { do: what, seconds }) => sum + (what === 'pass' ? seconds : 0), 0)
  return { trace, arrivals: arrivals.length, hasTables: stage.hasTables, seconds: sinceThen() - waits }
}

/** Lines, or the error in their place: where a world cannot do something, the other must not be able to either. */
const said = (lines) => lines.catch((error) => [`failed: ${error.message}`])

/** The same on a side. */
export async function performOn(side, program, options) {
  try {
    return await perform(program, side.begin(), { devices: side.devices, ...options })
  } finally {
    await side.end()
  }
}

/** What tells the fragments of a run from those of others: of runs by number. */
export const identificationOf = (number) => (number % 0xffff) + 1
