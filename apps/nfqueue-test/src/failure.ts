import { EncodeError } from '@nfkit/netlink-codec'

/** An error whose sentence is all the user needs. */
export class UserError extends Error {}

/** End with one sentence on stderr and exit code 1. */
export function fail(error: unknown): void {
  const text = sentenceOf(error)
  process.stderr.write(`nfqueue-test: ${text}\n`)
  if (process.env['NFKIT_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  process.exitCode = 1
}

/** Which attribute of a message could not be made is of no use on the command line. */
function sentenceOf(error: unknown): string {
  if (error instanceof EncodeError) return error.reason
  return error instanceof Error ? error.message : String(error)
}

/** An error of somebody else's code in one line: `TypeError: packet.ip is undefined`. */
export function firstLine(error: unknown): string {
  try {
    return String(error).split('\n', 1)[0]!
  } catch {
    return 'something that cannot be printed'
  }
}
