import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Built on this machine, else as published: one file for a processor, whatever the libc (scripts/prebuild.mjs). */
const places = ['build/Release/mnl_native.node', `prebuilds/${process.platform}-${process.arch}/mnl-native.uv1.node`]

/**
 * Load the native part. The environment has no say in where it is, so that a program with capabilities loads no code its caller chose.
 * Throws when there is none, or it does not load.
 */
export function loadAddon(): unknown {
  const root = packageRoot()
  if (root === undefined) throw new Error('this file is not in its package')
  const file = places.map((place) => join(root, place)).find((path) => existsSync(path))
  if (file === undefined) throw new Error(`neither ${places.join(' nor ')} is in ${root}`)
  return createRequire(import.meta.url)(file)
}

/** Where this package is; `undefined` when a bundler has put this file elsewhere, away from the native part. */
export function packageRoot(): string | undefined {
  try {
    // A bundle in CommonJS has no import.meta.
    const root = fileURLToPath(new URL('..', import.meta.url))
    const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    return name === '@nfkit/mnl-native' ? root : undefined
  } catch {
    return undefined
  }
}
