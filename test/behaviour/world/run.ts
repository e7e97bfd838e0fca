import { execFileSync } from 'node:child_process'

/** Run a program; returns what it prints. Throws when it fails. */
export function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
