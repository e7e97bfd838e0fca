import { printable } from '@nfkit/netlink-codec'
import { statusLine } from './status-line.ts'
import { stderr } from './stderr.ts'

/** Characters of notes that may wait for their reader; later notes are left out. */
const mostWaiting = 256 * 1024

/** Something to know that is no result: one line on stderr, and perhaps more below it. Line breaks within them are escaped. */
export function note(...lines: readonly string[]): void {
  if (stderr.waiting > mostWaiting) return
  statusLine.clear()
  stderr.write(`nfqueue-test: ${lines.map(printable).join('\n')}\n`)
}
