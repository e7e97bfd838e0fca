import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The root of the repository: above the folder that holds all workspaces of the programs. */
export const root = rootAbove(process.cwd())

/** Where the repository is read by people. */
export const address = 'https://github.com/nfkit/nfkit'

/** The text of a file, by its path from the root. */
export const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** The files of a folder and of those in it, by their paths from the root, sorted; none where there is no such folder. */
export const filesIn = (folder: string): readonly string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .map((name) => `${folder}/${name}`)
        .filter((path) => statSync(join(root, path)).isFile())
        .sort()
    : []

/** What a path from the root is. */
export function kindOf(path: string): 'file' | 'folder' | undefined {
  const found = statSync(join(root, path), { throwIfNoEntry: false })
  return found === undefined ? undefined : found.isDirectory() ? 'folder' : 'file'
}

function rootAbove(folder: string): string {
  if (existsSync(join(folder, 'turbo.json'))) return folder
  if (dirname(folder) === folder) throw new Error('the site is built inside a checkout of the repository')
  return rootAbove(dirname(folder))
}
