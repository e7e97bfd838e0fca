import { release } from 'node:os'
import { type Scenario, scenarios } from './scenario.ts'
import { type Statement, statements } from './statements.ts'
import type { World } from './world.ts'

/** What came of one scenario. */
export interface Result {
  readonly statement: Statement
  readonly name: string
  readonly outcome: 'holds' | 'differs' | 'not available'
  /** What differs, or why it is not available. */
  readonly detail?: string
  readonly milliseconds: number
}

/** What came of all of them on one kernel. */
export interface Report {
  readonly profile: string
  readonly release: string
  readonly statements: typeof statements
  readonly results: readonly Result[]
}

const limit = 60_000

export interface RunOptions {
  /** Bring the world back to where it was. */
  readonly reset: () => Promise<void>
  /** Only those whose statement or name contains this. */
  readonly only?: string | undefined
  readonly release?: string | undefined
  /** Whether a difference counts only when it shows twice. */
  readonly twice?: boolean
}

/** Run one scenario in a world, and clean up after it. */
export async function runOne(scenario: Scenario, world: World, reset: () => Promise<void>): Promise<Result> {
  const { statement, name } = scenario
  const reason = scenario.unavailable(world)
  if (reason !== undefined) return { statement, name, outcome: 'not available', detail: reason, milliseconds: 0 }
  const started = Date.now()
  const outcome = await differenceOf(scenario, world)
  await reset()
  const milliseconds = Date.now() - started
  if (outcome === undefined) return { statement, name, outcome: 'holds', milliseconds }
  return { statement, name, outcome: 'differs', detail: outcome, milliseconds }
}

/** Run one that differs a second time: what the scenario before left behind on a slow machine may still have come. The first is printed. */
export async function runTwice(scenario: Scenario, world: World, reset: () => Promise<void>): Promise<Result> {
  const first = await runOne(scenario, world, reset)
  if (first.outcome !== 'differs') return first
  const second = await runOne(scenario, world, reset)
  const { statement, name, detail } = first
  if (second.outcome === 'holds') console.log(`differed once, and held then: ${statement} ${name}\n  ${detail}`)
  return second
}

export async function runAll(world: World, options: RunOptions): Promise<Report> {
  const { only = '' } = options
  const results: Result[] = []
  for (const scenario of scenarios()) {
    if (!`${scenario.statement} ${scenario.name}`.includes(only)) continue
    const run = options.twice ? runTwice : runOne
    results.push(await run(scenario, world, options.reset))
  }
  return { profile: world.profile.name, release: options.release ?? release(), statements, results }
}

async function differenceOf(scenario: Scenario, world: World): Promise<string | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no end after ${limit / 1000} s`)), limit)
    })
    await Promise.race([scenario.run(world), late])
    return undefined
  } catch (error) {
    return error instanceof Error ? `${error.message}${place(error)}` : String(error)
  } finally {
    clearTimeout(timer)
  }
}

/** Where in the scenarios it went wrong. */
function place(error: Error): string {
  const line = error.stack?.split('\n').find((frame) => /scenarios[/\\].*\.ts:\d+/.test(frame))
  return line === undefined ? '' : ` (${/scenarios[/\\][^)\s]*/.exec(line)?.[0]})`
}
