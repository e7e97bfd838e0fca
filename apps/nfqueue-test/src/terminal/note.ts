import { printable } from '@nfkit/netlink-codec'
import { statusLine } from './status-line.ts'
import { stderr } from './stderr.ts'

/** Characters of notes that may wait for their reader; later notes are left out. */
const mostWaiting = 256 * 1024

let taker: ((text: string) => void) | undefined

/** Something to know that is no result: one line on stderr, and perhaps more below it. Line breaks within them are escaped. */
export function note(...lines: readonly string[]): void {
  const text = `nfqueue-test: ${lines.map(printable).join('\n')}`
  if (taker === undefined) write(text)
  else taker(text)
}

function write(text: string): void {
  if (stderr.waiting > mostWaiting) return
  statusLine.clear()
  stderr.write(`${text}\n`)
}

/** A note before the program ends at once: no live view comes to write it. */
export function lastNote(...lines: readonly string[]): void {
  taker = undefined
  note(...lines)
}

/** Have a live view show notes, where they would be written over it. Returns what ends it, and writes those that are to stay. */
export function takeNotes(take: (text: string) => void): (remaining: readonly string[]) => void {
  if (stderr.isTerminal) taker = take
  return (remaining) => {
    taker = undefined
    for (const text of remaining) write(text)
  }
}
