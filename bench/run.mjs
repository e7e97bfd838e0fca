// The benchmark: every contestant in each round, in rotating order, in network namespaces of its own; then ratios, paired by round.
// `npm run bench -- --help`. See docs/performance.md for what the figures mean.
import { readFileSync } from 'node:fs'
import { refuse } from '../tools/command-line.mjs'
import { check } from './check.mjs'
import { goals } from './goals/index.mjs'
import { describe, watch } from './machine.mjs'
import { enter } from './namespace.mjs'
import { options } from './options.mjs'
import { compile } from './programs.mjs'
import { Results } from './results.mjs'
import { scenes } from './scenes/index.mjs'
import { goalTable, sceneTable } from './table.mjs'

const unknown = options.only?.filter((name) => !scenes.some((scene) => scene.name === name)) ?? []
if (unknown.length > 0)
  refuse(`there is no scene ${unknown[0]}: there are ${scenes.map(({ name }) => name).join(', ')}`)
const drawAll = async (report, say) => {
  if (!options.plot) return
  const { draw } = await import('./plots/index.mjs')
  for (const file of await draw(report, options.into)) say(`drawn: ${file}`)
}
if (options.from !== undefined) {
  const report = JSON.parse(readFileSync(options.from, 'utf8'))
  console.log(goalTable(goals(new Results(report.samples))))
  await drawAll(report, console.log)
  process.exit()
}
enter()
const say = options.json ? () => {} : console.log
compile()

const machine = describe()
const noise = watch()
const results = new Results()
const chosen = scenes.filter((scene) => options.only === undefined || options.only.includes(scene.name))
say(`${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}, Node ${machine.node}; ${options.rounds} rounds`)
for (const scene of chosen) {
  for (const [name, why] of Object.entries(scene.skipped ?? {})) say(`${scene.name}: ${name} is skipped: ${why}`)
  await scene.prepare?.()
}

/** A round of a scene: one contestant after another, unless the scene has a way of its own. */
async function* samplesOf(scene, contestants) {
  const failed = ({ message }) => ({ failure: message })
  if (scene.round === undefined) {
    for (const contestant of contestants) yield [contestant, await scene.sample(contestant).catch(failed)]
    return
  }
  try {
    yield* scene.round(contestants)
  } catch (error) {
    for (const contestant of contestants) yield [contestant, failed(error)]
  }
}

const rotated = (list, by) => [...list.slice(by % list.length), ...list.slice(0, by % list.length)]
for (let round = 0; round < options.rounds; round++) {
  for (const scene of chosen) {
    let started = performance.now()
    for await (const [contestant, sample] of samplesOf(scene, rotated(scene.contestants, round))) {
      results.add(scene.name, contestant.name, round, sample)
      const took = ((performance.now() - started) / 1000).toFixed(1)
      started = performance.now()
      if (options.verbose) say(`${round} ${scene.name} ${contestant.name} ${JSON.stringify(sample)} ${took} s`)
    }
  }
  if (!options.verbose && options.rounds > 1) say(`round ${round + 1} of ${options.rounds}`)
}

const verdicts = options.smoke ? [] : goals(results)
const problems = check(chosen, results)
const heard = noise()
// What scenes are made of is functions, too; the rest says what was measured.
const described = chosen.map(({ name, title, axis, reference, metrics, contestants }) => ({
  ...{ name, title, axis, reference, metrics },
  contestants: contestants.map(({ name, series, at, ours }) => ({ name, series, at, ours })),
}))
const { samples } = results
const report = { machine, noise: heard, options, scenes: described, goals: verdicts, problems, samples }
if (options.json) {
  console.log(JSON.stringify(report))
} else {
  for (const scene of chosen) say(`\n${sceneTable(scene, results)}`)
  if (verdicts.length > 0) say(`\n${goalTable(verdicts)}`)
  say(`\nnoise: ${heard.text}`)
  for (const problem of problems) say(`problem: ${problem}`)
}
await drawAll(report, say)
process.exitCode = problems.length > 0 ? 1 : 0
