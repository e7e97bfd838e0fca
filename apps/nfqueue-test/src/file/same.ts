import { fstatSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { UserError } from '../terminal/failure.ts'

/** Refuse to write what is read, or two things to one file. `-` is standard input. Throws `UserError`. */
export function refuseSameFile(read: readonly string[], written: readonly string[]): void {
  const known = new Map(read.map((path) => [identity(path), path]))
  for (const path of written) {
    const id = identity(path)
    const other = known.get(id)
    if (other !== undefined)
      throw new UserError(`${path} would be written over ${other}, which is the same file: name another one`)
    known.set(id, path)
  }
}

/** Device and inode, so that links hide nothing; the path of what does not exist yet. Devices lose nothing. */
function identity(path: string): string {
  const stat = path === '-' ? fstatSync(0) : statSync(path, { throwIfNoEntry: false })
  return stat && (stat.isFile() || stat.isFIFO()) ? `${stat.dev}:${stat.ino}` : resolve(path)
}
