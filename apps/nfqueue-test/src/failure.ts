/** An error whose sentence is all the user needs. */
export class UserError extends Error {}

/** End with one sentence on stderr and exit code 1. */
export function fail(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error)
  process.stderr.write(`nfqueue-test: ${text}\n`)
  if (process.env['NFKIT_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  process.exitCode = 1
}

/** An error of somebody else's code in one line: `TypeError: packet.ip is undefined`. */
export function firstLine(error: unknown): string {
  try {
    return String(error).split('\n', 1)[0]!
  } catch {
    return 'something that cannot be printed'
  }
}
