/** Refuse to pack a package that is not built whole: `node tools/whole.mjs`, in the package's folder; npm does, as `prepack`. */
import { existsSync, readFileSync } from 'node:fs'
import { argv, cwd, exit } from 'node:process'
import { fileURLToPath } from 'node:url'

/** Every path a value of a manifest holds, however deep. */
const paths = (value) => (typeof value === 'object' ? Object.values(value).flatMap(paths) : [value])

/** What a manifest promises and its folder lacks: code and types of its exports, its programs, its manual. */
export function missing(folder) {
  const { exports = {}, bin = {}, man = [] } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  return [exports, bin, man].flatMap(paths).filter((path) => !existsSync(`${folder}/${path}`))
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const lacks = missing(cwd())
  if (lacks.length > 0) {
    console.error(`not built whole, ${lacks.join(', ')} missing: npm run build, in the root of the repository`)
    exit(1)
  }
}
