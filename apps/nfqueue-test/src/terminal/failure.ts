import { EncodeError } from '@nfkit/netlink-codec'
import { exitCode } from '../exit-code.ts'
import { lastNote, note } from './note.ts'

/** An error whose sentence is all the user needs. */
export class UserError extends Error {}

/** The end of a command that has nothing more to say. */
export class SilentEnd extends Error {}

/** End with one sentence on stderr and exit code 1. */
export function fail(error: unknown): void {
  if (error instanceof SilentEnd) return
  const stack = process.env['NFKIT_DEBUG'] && error instanceof Error ? linesOf(error.stack) : []
  note(sentenceOf(error), ...stack)
  process.exitCode = exitCode.failed
}

/** End at once, with the stack: an unexpected error, of a handler perhaps. */
export function crash(error: unknown): never {
  lastNote(...linesOf(error instanceof Error ? error.stack : undefined, firstLine(error)))
  process.exit(exitCode.failed)
}

const linesOf = (text: string | undefined, otherwise = ''): string[] => (text ?? otherwise).split('\n')

/** Which attribute of a message could not be made is of no use on the command line. */
export function sentenceOf(error: unknown): string {
  if (error instanceof EncodeError) return error.reason
  return error instanceof Error ? error.message : String(error)
}

/** Characters of a foreign error that are shown. */
const mostShown = 500

/** An error of foreign code in one line: `TypeError: packet.ip is undefined`. */
export function firstLine(error: unknown): string {
  try {
    const line = String(error).split('\n', 1)[0]!
    return line.length > mostShown ? `${line.slice(0, mostShown)}…` : line
  } catch {
    return 'something that cannot be printed'
  }
}
