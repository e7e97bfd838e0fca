import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { beforeEach, inject } from 'vitest'
import type { Installed } from './installed.ts'

/** A folder of a project with all packages installed from their tarballs. */
export interface Consumer {
  readonly directory: string
  /** Writes a file and returns its path. */
  write(name: string, text: string): string
}

/** For tests that are skipped. */
const nothing: Installed & Consumer = { directory: '', said: '', tarballs: [], write: () => '' }

/** Waits for what `setup.ts` installs; where nothing could be, the tests of the file are skipped, and nothing is there. */
export async function installed(): Promise<Installed> {
  const packed = inject('packed')
  if ('obstacle' in packed) {
    beforeEach((context) => context.skip(packed.obstacle))
    return nothing
  }
  const deadline = Date.now() + 300_000
  while (!existsSync(packed.answer)) {
    if (Date.now() > deadline) throw new Error('the packages were not packed and installed within five minutes')
    await setTimeout(50)
  }
  const { installed, error } = JSON.parse(readFileSync(packed.answer, 'utf8'))
  if (error !== undefined) throw new Error(error)
  return installed
}

/** A folder for the tests of one file. */
export async function consumer(name: string): Promise<Consumer> {
  const project = await installed()
  if (project === nothing) return nothing
  const directory = join(project.directory, name)
  mkdirSync(directory)
  const write = (file: string, text: string) => {
    writeFileSync(join(directory, file), text)
    return join(directory, file)
  }
  write('package.json', JSON.stringify({ name, private: true }))
  return { directory, write }
}
