import { byRole } from './picture.mjs'
import { figures, measuredOn, sceneOf } from './samples.mjs'

const whose = { ours: 'nfkit', floor: 'Node without a library', other: 'C' }
const roleOf = ({ series, ours }) => (ours ? whose.ours : series.startsWith('node') ? whose.floor : whose.other)

const units = { 'growth-entries': 'an entry' }
const names = ['waiting', 'queues', 'sizes', 'entries', 'rules'].map((what) => `growth-${what}`)

/** How the cost of a packet or an entry grows: a panel for each quantity that was varied. */
export function growth(report) {
  const panels = names.flatMap((name) => {
    const scene = sceneOf(report, name)
    const values = scene ? figures(scene, 'cpu', 1e-3).map((row) => ({ ...row, whose: roleOf(row) })) : []
    return values.length === 0 ? [] : [panel(scene, values)]
  })
  if (panels.length === 0) return undefined
  return {
    description: `How the cost of a packet grows with ${panels.map(({ quantity }) => quantity).join(', ')}.`,
    title: { text: 'How the cost grows', subtitle: measuredOn(report), subtitleColor: 'var(--other)' },
    columns: 2,
    spacing: 36,
    concat: panels.map(({ quantity, ...one }) => one),
    resolve: { scale: { color: 'shared' } },
  }
}

function panel({ name, axis }, values) {
  const steps = [...new Set(values.map(({ at }) => at))]
  const x = {
    field: 'at',
    type: 'quantitative',
    title: axis,
    scale: { type: 'log' },
    axis: { values: steps, format: ',', grid: false, labelOverlap: true },
  }
  // Rules cost in proportion: on both axes by factors, that is a straight line, too.
  const isSteep = Math.max(...values.map(({ max }) => max)) > 20 * Math.min(...values.map(({ min }) => min))
  const y = {
    type: 'quantitative',
    title: `CPU, µs ${units[name] ?? 'a packet'}`,
    scale: isSteep ? { type: 'log' } : { type: 'linear', zero: true },
  }
  const color = { ...byRole(whose), type: 'nominal' }
  return {
    quantity: axis,
    width: 300,
    height: 180,
    data: { values },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { x, y: { field: 'median', ...y }, color, detail: { field: 'series' } },
      },
      { mark: { type: 'point', filled: true, size: 40 }, encoding: { x, y: { field: 'median', ...y }, color } },
      {
        mark: { type: 'rule', strokeWidth: 1.5 },
        encoding: { x, y: { field: 'min', ...y }, y2: { field: 'max' }, color },
      },
    ],
  }
}
