import { spawnSync } from 'node:child_process'
import { UserError } from '../terminal/failure.ts'

const notInstalled = ' is not installed'

/** What a tool said. */
export interface Said {
  readonly ok: boolean
  readonly out: string
  /** Its complaint, in one line; or that the tool is not there. */
  readonly complaint: string
}

/** Run a tool to its end. Blocking, so that it also works while the program exits. */
export function tool(name: string, args: readonly string[], input = ''): Said {
  const { status, stdout, stderr, error } = spawnSync(name, args, { input, encoding: 'utf8' })
  if (error) return { ok: false, out: '', complaint: isMissing(error) ? `${name}${notInstalled}` : error.message }
  const complaint = stderr.split('\n').find((line) => line.trim() !== '') ?? `exit code ${status}`
  return { ok: status === 0, out: stdout, complaint: `${name}: ${complaint.trim()}` }
}

/** The tool's output, unless it refused. A tool that is not installed has no rules, and no output. */
export function expected(said: Said): Said {
  if (said.ok || said.complaint.endsWith(notInstalled)) return said
  throw new UserError(`what is left cannot be found: ${said.complaint}`)
}

const isMissing = (error: NodeJS.ErrnoException): boolean => error.code === 'ENOENT'
