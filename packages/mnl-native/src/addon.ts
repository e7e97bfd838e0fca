import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Built on this machine, else as published: one file for a processor, whatever the libc (scripts/prebuild.mjs). */
const places = ['build/Release/mnl_native.node', `prebuilds/${process.platform}-${process.arch}/mnl-native.uv1.node`]

/**
 * Load the native part. The environment has no say in where it is, so that a program with capabilities loads no code its caller chose.
 * Throws when there is none, or it does not load.
 */
export function loadAddon(): unknown {
  const file = places.map((place) => join(root, place)).find((path) => existsSync(path))
  if (file === undefined) throw new Error(`neither ${places.join(' nor ')} is in ${root}`)
  return createRequire(import.meta.url)(file)
}
