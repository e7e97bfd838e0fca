/**
 * Compare what is read here of captures with what tshark reads, frame by frame and field by field:
 *
 *   npm run compare -- [--examples 3] PATH...
 *
 * A path is a capture, or a folder that has some. Ctrl-C ends after the file at hand. Prints disagreements by their explanations (`explanations.ts`), then those that have
 * none, by field; of each as many examples as wanted. The exit code is 1 when there is a disagreement without an explanation.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { compareFile, type Disagreement } from './comparison.ts'
import { explanations } from './explanations.ts'
import { captureFiles } from './files.ts'

const { values, positionals } = parseArgs({
  options: { examples: { type: 'string', default: '3' } },
  allowPositionals: true,
})
const examples = Number(values.examples)
// npm runs this in the package's own folder.
const paths = positionals.map((path) => resolve(process.env['INIT_CWD'] ?? '.', path))
const explained = new Map(explanations.map((explanation) => [explanation, [] as Disagreement[]]))
const unexplained = new Map<string, Disagreement[]>()
let [files, records, packets, fields] = [0, 0, 0, 0]

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())

for await (const file of captureFiles(paths)) {
  if (interrupted.signal.aborted) break
  const comparison = await compareFile(file)
  files++
  records += comparison.records
  packets += comparison.packets
  fields += comparison.fields
  for (const disagreement of comparison.disagreements) {
    const explanation = explanations.find(({ applies }) => applies(disagreement))
    if (explanation) explained.get(explanation)!.push(disagreement)
    else unexplained.set(disagreement.field, [...(unexplained.get(disagreement.field) ?? []), disagreement])
  }
}

for (const [{ name, says }, all] of explained) if (all.length > 0) show(`${name} (${says})`, all)
for (const [field, all] of unexplained) show(`UNEXPLAINED ${field}`, all)
const total = [...unexplained.values()].flat().length
console.log(`${files} files, ${records} records, ${packets} IP packets, ${fields} comparisons`)
console.log(`${[...explained.values()].flat().length} disagreements are explained, ${total} are not`)
process.exitCode = total === 0 ? 0 : 1

function show(title: string, all: readonly Disagreement[]): void {
  const where = new Set(all.map(({ file }) => file)).size
  console.log(`${all.length} × in ${where} files: ${title}`)
  for (const { file, number, field, ours, theirs, reading, layers } of all.slice(0, examples)) {
    const more = [reading?.reason, layers?.link.join(':')].filter(Boolean).join(', ')
    console.log(`    ${file} frame ${number}: ${field} ${ours}, tshark ${theirs}${more && ` (${more})`}`)
  }
}
