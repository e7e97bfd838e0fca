/**
 * Where the addon is: built on this machine, else as published, one file for a processor and any libc. The environment has no say in
 * it, so that a program with capabilities loads no code its caller chose.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { arch, platform } from 'node:process'

const places = ['build/Release/mnl_native.node', `prebuilds/${platform}-${arch}/mnl-native.uv1.node`]

/** Load the addon of the package in `root`. Throws when there is none, or it does not load. */
export function loadAddon(root) {
  const file = places.map((place) => join(root, place)).find((path) => existsSync(path))
  if (file === undefined) throw new Error(`neither ${places.join(' nor ')} is in ${root}`)
  return createRequire(file)(file)
}
