import { exitCode } from '../exit-code.ts'
import { note } from './note.ts'
import { Output } from './output.ts'

const gone = new AbortController()

/** Where results go. When they cannot be written any more, that is told once and is the exit code; a reader may leave (`| head`). */
export const stdout = new Output(process.stdout, (error) => {
  if (error.code === 'EPIPE') return gone.abort()
  note(`standard output cannot be written, and nothing else is printed: ${error.message}`)
  process.exitCode = exitCode.failed
})

/** Aborts when the reader of standard output has gone. */
export const outputGone: AbortSignal = gone.signal
