import { readFileSync } from 'node:fs'

/** The text of a file under /proc; empty where there is none, or no permission. */
export function kernelFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
