import { bars } from './bars.mjs'
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
  return {
    description: `CPU time a packet by contestant, packets of ${sizes.join(' and of ')} bytes, the queue saturated.`,
    title: { text: 'What a packet costs', subtitle: measuredOn(report), subtitleColor: 'var(--other)' },
    ...bars({
      values: rows,
      panels: { field: 'size', sort: sizes.map((size) => `${size} bytes`) },
      rows: { field: 'contestant', sort: [...new Set(rows.map(({ contestant }) => contestant))] },
      ...{ title: 'CPU, µs a packet', whose, width: 300, step: 24 },
    }),
  }
}
