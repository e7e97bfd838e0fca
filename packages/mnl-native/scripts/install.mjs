/**
 * Runs when the package is installed: takes a prebuilt addon, else builds one, else says what is missing. Installing never
 * fails for want of a compiler, unless NFKIT_NATIVE=require asks for it; then using the package says the same again.
 */
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { arch, env, exit, platform } from 'node:process'
import { fileURLToPath } from 'node:url'
import { build, missingPackages, nodeGyp } from './build.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

const addonsIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.node'))
        .map((name) => join(folder, name))
    : []

/** Whether there is an addon that loads, in the folders where src/addon.ts looks for it. */
function prebuilt() {
  const [addon] = ['build/Release', `prebuilds/${platform}-${arch}`].flatMap((folder) => addonsIn(join(root, folder)))
  if (addon === undefined) return false
  try {
    createRequire(import.meta.url)(addon)
    return true
  } catch {
    return false
  }
}

/** What keeps the addon from being there, or `undefined`. */
function obstacle() {
  if (platform !== 'linux') return 'netlink is a part of Linux; on other systems use the simulator'
  if (prebuilt()) return undefined
  const missing = missingPackages()
  if (missing.length > 0) return `nothing to build it with; on Debian or Ubuntu: apt install ${missing.join(' ')}`
  if (!nodeGyp()) return 'node-gyp was not found; npm install --global node-gyp'
  return build() === 0 ? undefined : 'node-gyp failed, see above'
}

const reason = obstacle()
if (reason) {
  console.error(`@nfkit/mnl-native: the native part is not available: ${reason}. Then: npm rebuild @nfkit/mnl-native`)
  exit(env.NFKIT_NATIVE === 'require' ? 1 : 0)
}
