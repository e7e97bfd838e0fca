import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Which source a place in a built file comes from. */
export class Original {
  #maps = new Map()

  /** `packages/NAME/src/FILE`, the file itself when it was not built, `node` for what is Node's own. Lines count from 0. */
  file(url, line, column) {
    if (!url.startsWith('file:')) return 'node'
    const path = fileURLToPath(url)
    const source = this.#map(path)?.findEntry(line, column).originalSource
    return (source ?? path)
      .replace(/^.*?((packages|bench)\/)/, '$1')
      .replace(/^(\.\.\/)+src\//, `${packageOf(path)}src/`)
  }

  #map(path) {
    if (!this.#maps.has(path)) {
      const file = `${path}.map`
      this.#maps.set(path, existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : undefined)
    }
    return this.#maps.get(path)
  }
}

const packageOf = (path) => /packages\/[^/]+\//.exec(path)?.[0] ?? ''
