/**
 * `node --import @nfkit/capture/record program.js` with `NFKIT_RECORD=session.pcapng` records what the program's netlink sockets send and
 * receive, without a change to the program.
 *
 * @module
 */
import { parse, resolve } from 'node:path'
import { threadId } from 'node:worker_threads'
import { type Transport, wrapOpened } from '@nfkit/netlink-transport'
import { FileSink } from '../file/sink.ts'
import { recorded } from '../record/recorded-transport.ts'
import { Recording } from '../record/recording.ts'
import { isPrivilegeRaised } from './privilege.ts'

const variable = 'NFKIT_RECORD'

let told = false
/** Recording is no reason to stop a program: what goes wrong is told, once. */
function tell(problem: string): void {
  if (told) return
  told = true
  process.emitWarning(`${variable}: ${problem}`, { type: 'RecordWarning', code: 'NFKIT_RECORD' })
}

/** A file for each transport and its siblings, so that each can be replayed: `session`, `session-2`, `session-thread3`, `session-thread3-2`. */
function pathOf(path: string, count: number): string {
  const { dir, name, ext } = parse(path)
  const parts = [name, ...(threadId === 0 ? [] : [`thread${threadId}`]), ...(count === 1 ? [] : [count])]
  return resolve(dir, parts.join('-') + ext)
}

function start(path: string): void {
  const recordings: Recording[] = []
  let count = 0
  wrapOpened(<T extends Transport>(transport: T): T => {
    const file = pathOf(path, ++count)
    try {
      const recording = new Recording(new FileSink(file, { exclusive: true }), (error) =>
        tell(`${file} cannot be written any more, and is incomplete: ${messageOf(error)}`),
      )
      recordings.push(recording)
      // It has everything a transport has, and passes on what the transport's own methods return.
      return recorded(transport, recording) as Transport as T
    } catch (error) {
      tell(`the program goes on unrecorded: ${messageOf(error)}`)
      return transport
    }
  })
  process.on('exit', () => {
    for (const recording of recordings) recording.flush()
  })
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && error.code === 'EEXIST'
    ? `${error.message}; name a file that is not there yet`
    : error.message
}

const path = process.env[variable]
if (path !== undefined && path !== '') {
  if (isPrivilegeRaised()) {
    tell(
      'ignored, for the kernel started this process with raised privilege (set-user-ID, or capabilities of the file)',
    )
  } else start(resolve(path))
}
