import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { install } from './installed.ts'
import { addon, unbuilt } from './tarballs.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The file that says what was packed and installed, as soon as it is there; or why nothing could be. */
    readonly packed: { readonly answer: string } | { readonly obstacle: string }
  }
}

/** Packs and installs once for all tests of the packages as they would be published, while other tests run. */
export default function setup(project: TestProject): (() => Promise<void>) | undefined {
  const obstacle =
    unbuilt() ?? (addon() === undefined ? 'no addon: npm run build:native -w @nfkit/mnl-native' : undefined)
  if (obstacle !== undefined) {
    project.provide('packed', { obstacle })
    return undefined
  }
  const home = mkdtempSync(join(tmpdir(), 'nfkit-consumer-'))
  const answer = join(home, 'answer.json')
  project.provide('packed', { answer })
  const installing = install(home)
    .then(
      (installed) => ({ installed }),
      (error: Error) => ({ error: error.message }),
    )
    .then((said) => {
      writeFileSync(`${answer}.part`, JSON.stringify(said))
      renameSync(`${answer}.part`, answer)
    })
  return async () => {
    await installing
    rmSync(home, { recursive: true })
  }
}
