import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { CaptureRecord } from '@nfkit/capture'
import { statusLine } from '../terminal/status-line.ts'
import type { CaptureInput } from './input.ts'

const redrawMilliseconds = 200

/**
 * The records of a capture, with a line on the terminal that tells how far they are. Where packets are printed on the same terminal
 * they are progress enough.
 */
export const withProgress = (input: CaptureInput): AsyncIterable<CaptureRecord> =>
  statusLine.isVisible ? showing(input) : input

async function* showing(input: CaptureInput): AsyncGenerator<CaptureRecord, void, undefined> {
  const size = input.path === undefined ? undefined : plainSize(input.path)
  let drawn = performance.now()
  try {
    for await (const record of input) {
      yield record
      if (performance.now() - drawn < redrawMilliseconds) continue
      drawn = performance.now()
      statusLine.show(progressText(record, size))
    }
  } finally {
    statusLine.clear()
  }
}

/** `[########            ] 40%, record 12345`; without a size only the record. */
export function progressText({ number, offset }: Pick<CaptureRecord, 'number' | 'offset'>, size: number | undefined) {
  if (size === undefined) return `record ${number}`
  const done = Math.min(offset / size, 1)
  const bar = '#'.repeat(Math.round(20 * done)).padEnd(20)
  return `[${bar}] ${Math.floor(100 * done)}%, record ${number}`
}

/** Bytes of the capture, unless it is compressed or no file: then they are not known before the end. */
function plainSize(path: string): number | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  // Opening a FIFO would wait, and reading it would take its beginning away.
  if (!stat?.isFile()) return undefined
  const file = openSync(path, 'r')
  try {
    const head = new Uint8Array(2)
    readSync(file, head, 0, 2, 0)
    return head[0] === 0x1f && head[1] === 0x8b ? undefined : stat.size
  } finally {
    closeSync(file)
  }
}
