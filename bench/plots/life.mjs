import { byRole } from './picture.mjs'
import { figures, measuredOn, sceneOf } from './samples.mjs'

const whose = { ours: 'nfkit', floor: 'Node', other: 'the kernel' }
/** Whose a stage is, by how it is called. */
const roleOf = (stage) =>
  stage.startsWith('kernel') ? whose.other : /\(|handler/.test(stage) ? whose.ours : whose.floor

/** Where the time of one packet goes, stage by stage, with each kind of handler. */
export function life(report) {
  const scene = sceneOf(report, 'life')
  if (!scene) return undefined
  const rows = scene.metrics.flatMap(({ key, title }) =>
    figures(scene, key).map((row) => ({ ...row, stage: title, whose: roleOf(title) })),
  )
  if (rows.length === 0) return undefined
  const stages = scene.metrics.map(({ title }) => title)
  const y = { field: 'stage', type: 'nominal', sort: stages, title: null }
  const x = { type: 'quantitative', title: 'CPU, ns a packet' }
  return {
    description: 'Where the CPU time of one packet of 64 bytes goes, stage by stage, by how it is handled.',
    title: { text: 'One packet’s time', subtitle: measuredOn(report), subtitleColor: 'var(--other)' },
    data: { values: rows },
    facet: { column: { field: 'contestant', title: null, sort: scene.contestants.map(({ name }) => name) } },
    spec: {
      width: 190,
      height: { step: 20 },
      layer: [
        {
          mark: { type: 'bar', height: 12 },
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
