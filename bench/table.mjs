import { summary } from './statistics.mjs'

const digits = (value) =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2)
const spread = (s) =>
  s === undefined ? '–' : s.n === 1 ? digits(s.median) : `${digits(s.median)} [${digits(s.min)}–${digits(s.max)}]`

/** What was measured for a goal. */
const shown = (s) =>
  s.mean === undefined
    ? spread(s)
    : `mean ${s.mean.toFixed(3)}, 95 % ${s.low.toFixed(3)}–${s.high.toFixed(3)}, ${s.n} pairs`

/** Rows as a Markdown table, the first one its head. */
export function grid(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const line = (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`
  return [
    line(rows[0]),
    `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
    ...rows.slice(1).map(line),
  ].join('\n')
}

/** All contestants of a scene: medians with extremes, and ratios to the scene's reference. */
export function sceneTable(scene, results) {
  const head = ['contestant']
  for (const { title, ratio } of scene.metrics) head.push(title, ...(ratio === false ? [] : [`÷ ${scene.reference}`]))
  const rows = scene.contestants.map(({ name }) => {
    const row = [name]
    for (const { key, scale = 1, ratio } of scene.metrics) {
      row.push(spread(summary(results.values(scene.name, name, key).map((value) => value * scale))))
      if (ratio === false) continue
      row.push(spread(summary(results.ratios([scene.name, name, key], [scene.name, scene.reference, key]))))
    }
    return row
  })
  return `${scene.title}\n${grid([head, ...rows])}`
}

/** The goals, what was measured, how far that is from what no program on Node can better, and whether they are met. */
export function goalTable(verdicts) {
  const rows = verdicts.map(({ id, what, limit, measured, floor, outcome }) => [
    id,
    what,
    limit,
    shown(measured),
    floor ? `${floor.name}: ${spread(floor.measured)}` : '',
    floor?.distance ? spread(floor.distance) : '',
    outcome,
  ])
  return grid([['goal', 'what', 'wanted', 'median [extremes]', 'floor', '÷ floor', ''], ...rows])
}
