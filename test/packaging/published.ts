import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly description: string
  readonly keywords: readonly string[]
  readonly homepage: string
  readonly bugs: string
  readonly repository: { readonly type: string; readonly url: string; readonly directory: string }
  readonly license: string
  readonly type: string
  readonly engines: { readonly node: string }
  readonly files: readonly string[]
  readonly exports?: { readonly [path: string]: { readonly [condition: string]: string } }
  readonly bin?: { readonly [name: string]: string }
  readonly man?: string
  readonly publishConfig: { readonly access: string; readonly provenance: boolean }
  readonly scripts?: { readonly [name: string]: string }
  readonly dependencies?: { readonly [name: string]: string }
  readonly peerDependencies?: { readonly [name: string]: string }
  readonly peerDependenciesMeta?: { readonly [name: string]: { readonly optional: boolean } }
}

/** A package that goes to the registry. */
export interface Published {
  /** From the root of the repository: `packages/nfqueue`. */
  readonly folder: string
  readonly directory: string
  readonly manifest: Manifest
}

export const manifestIn = (directory: string): Manifest =>
  JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))

export const published: readonly Published[] = ['packages', 'apps']
  .flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`))
  .map((folder) => ({ folder, directory: join(root, folder), manifest: manifestIn(join(root, folder)) }))
  .filter(({ manifest }) => manifest.private !== true)
