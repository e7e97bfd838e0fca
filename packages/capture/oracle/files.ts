import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { captureFile } from '../src/file/index.ts'
import { chunksOf } from '../src/format/source.ts'
import { isCapture } from '../src/index.ts'

/** The files named, and those in the folders named, that start as captures do, compressed or not. */
export async function* captureFiles(paths: readonly string[]): AsyncGenerator<string, void, undefined> {
  for (const path of paths) {
    const inside = statSync(path).isDirectory()
      ? readdirSync(path, { recursive: true, encoding: 'utf8' }).toSorted()
      : undefined
    for (const file of inside?.map((name) => join(path, name)) ?? [path]) if (await startsAsCapture(file)) yield file
  }
}

async function startsAsCapture(file: string): Promise<boolean> {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return false
  try {
    for await (const head of chunksOf(captureFile(file))) return isCapture(head)
  } catch {
    // Compressed, and damaged before its first bytes.
  }
  return false
}
