import { statusLine } from './text/status-line.ts'

/** Something to know that is no result: one line on stderr. */
export function note(text: string): void {
  statusLine.clear()
  process.stderr.write(`nfqueue-test: ${text}\n`)
}
