import { byRole } from './picture.mjs'
import { figures, measuredOn, sceneOf } from './samples.mjs'

const sizes = [64, 1400]
const whose = { ours: 'nfkit', floor: 'Node without a library', other: 'C' }
const roleOf = ({ contestant, ours }) => (ours ? whose.ours : contestant.startsWith('node') ? whose.floor : whose.other)

/** What a packet costs with each contestant, in a saturated queue. */
export function cost(report) {
  const rows = sizes.flatMap((size) => {
    const scene = sceneOf(report, `saturated-${size}`)
    if (!scene) return []
    return figures(scene, 'cpu', 1e-3).map((row) => ({ ...row, size: `${size} bytes`, whose: roleOf(row) }))
  })
  if (rows.length === 0) return undefined
  const order = [...new Set(rows.map(({ contestant }) => contestant))]
  const y = { field: 'contestant', type: 'nominal', sort: order, title: null }
  const x = { type: 'quantitative', title: 'CPU, µs a packet' }
  return {
    description: `CPU time a packet by contestant, packets of ${sizes.join(' and of ')} bytes, the queue saturated.`,
    title: { text: 'What a packet costs', subtitle: measuredOn(report), subtitleColor: 'var(--other)' },
    data: { values: rows },
    facet: { column: { field: 'size', title: null, sort: sizes.map((size) => `${size} bytes`) } },
    spec: {
      width: 300,
      height: { step: 24 },
      layer: [
        {
          mark: { type: 'bar', height: 14 },
          encoding: { y, x: { field: 'median', ...x }, color: { ...byRole(whose), type: 'nominal' } },
        },
        {
          mark: { type: 'rule', strokeWidth: 2, color: 'var(--ink)' },
          encoding: { y, x: { field: 'min', ...x }, x2: { field: 'max' } },
        },
      ],
    },
  }
}
