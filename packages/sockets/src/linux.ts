/**
 * The file system of this host, for `Programs`, read with Node.
 *
 * @module
 */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import type { Files } from './host/files.ts'

/** What `read` gives; `undefined` for what is not there, not permitted, or gone while it is read. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** The files of this host. */
export const linuxFiles: Files = {
  list: (path) => readable(() => readdirSync(path)),
  directories: (path) =>
    readable(() =>
      readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name),
    ),
  stat: (path) =>
    readable(() => {
      const { ino, uid } = statSync(path, { bigint: true })
      return { inode: ino, uid: Number(uid) }
    }),
  read: (path) => readable(() => readFileSync(path, 'utf8')),
  link: (path) => readable(() => readlinkSync(path)),
}
