/** An error whose sentence is all the user needs. */
export class UserError extends Error {}

/** End with one sentence on stderr and exit code 1. */
export function fail(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error)
  process.stderr.write(`nfqueue-test: ${text}\n`)
  if (process.env['NFKIT_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  process.exitCode = 1
}
