import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseQueueStatus, queueStatusPath } from '@nfkit/nfqueue'

/** NF_ACCEPT. */
export const accepted = 1

/** Run with the path of an empty file that workers note in what they see. */
export async function withLog(run) {
  const folder = mkdtempSync(join(tmpdir(), 'nfkit-attack-'))
  const log = join(folder, 'log')
  writeFileSync(log, '')
  try {
    return await run(log)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What workers noted, one record for each packet that came to one. */
export function records(log) {
  const all = new Map()
  const list = []
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    if (line === '') continue
    const [what, queue, id, value, worker] = JSON.parse(line)
    const key = `${worker}/${queue}/${id}`
    if (what === 'delivered') {
      const record = { number: value, worker }
      all.set(key, record)
      list.push(record)
    } else if (all.has(key)) all.get(key).verdict = value
  }
  return list
}

/** The kernel's rows of the four queues from `first` on. */
export function rows(first) {
  try {
    return parseQueueStatus(readFileSync(queueStatusPath, 'utf8')).filter(
      ({ queue }) => queue >= first && queue < first + 4,
    )
  } catch {
    return []
  }
}

/** Packets that a queue says were lost. */
export const toldLost = ({ queueDropped, lost, socketDropped }) => queueDropped + Math.max(lost, socketDropped)
