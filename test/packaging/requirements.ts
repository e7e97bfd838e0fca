import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Manifest, manifestIn, published, root } from './published.ts'

/** A package of others that installing one of ours installs. */
export interface Requirement {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly directory: string
}

const ours = new Map(published.map((one) => [one.manifest.name, one]))

/** Every package that installing `manifest` installs besides itself: ours by name, those of others with their version. */
export function requirements({ directory, manifest }: { readonly directory: string; readonly manifest: Manifest }): {
  readonly own: readonly string[]
  readonly others: readonly Requirement[]
} {
  const own = new Set<string>()
  const others = new Map<string, Requirement>()
  const visit = (from: string, dependencies: Manifest['dependencies'] = {}) => {
    for (const [name, range] of Object.entries(dependencies)) {
      const sibling = ours.get(name)
      if (sibling !== undefined) {
        if (own.has(name)) continue
        own.add(name)
        visit(sibling.directory, sibling.manifest.dependencies)
        continue
      }
      const at = installed(name, from)
      if (others.has(at)) continue
      const { version, license, dependencies } = manifestIn(at)
      if (/^\d/.test(range) && version !== range)
        throw new Error(`${name} ${version} is installed, not ${range}: npm ci`)
      others.set(at, { name, version, license, directory: at })
      visit(at, dependencies)
    }
  }
  visit(directory, manifest.dependencies)
  return { own: [...own].sort(), others: [...others.values()].sort((a, b) => (a.name < b.name ? -1 : 1)) }
}

function installed(name: string, from: string): string {
  for (let at = from; at.startsWith(root); at = join(at, '..')) {
    const found = join(at, 'node_modules', name)
    if (existsSync(join(found, 'package.json'))) return found
  }
  throw new Error(`${name}, which ${from} needs, is not installed`)
}
