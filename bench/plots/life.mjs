import { bars } from './bars.mjs'
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
  return {
    description: 'Where the CPU time of one packet of 64 bytes goes, stage by stage, by how it is handled.',
    title: { text: 'One packet’s time', subtitle: measuredOn(report), subtitleColor: 'var(--other)' },
    ...bars({
      values: rows,
      panels: { field: 'contestant', sort: scene.contestants.map(({ name }) => name) },
      rows: { field: 'stage', sort: scene.metrics.map(({ title }) => title) },
      ...{ title: 'CPU, ns a packet', whose, width: 190, step: 20 },
    }),
  }
}
