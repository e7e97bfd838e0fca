import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { until } from '../../../test/host.ts'

export const main = join(import.meta.dirname, '../dist/main.js')

/** The built command line, started; `text` grows as it prints. */
export class Cli {
  out = ''
  err = ''
  code: number | null | undefined
  readonly process: ChildProcess

  constructor(args: readonly string[], input?: string) {
    this.process = spawn(process.execPath, [main, ...args], { stdio: 'pipe' })
    this.process.stdout?.on('data', (chunk) => {
      this.out += chunk
    })
    this.process.stderr?.on('data', (chunk) => {
      this.err += chunk
    })
    this.process.on('close', (code) => {
      this.code = code
    })
    this.process.stdin?.end(input)
  }

  /** Resolves to the exit code. */
  async ended(): Promise<number | null> {
    await until(() => this.code !== undefined, `the end of it; it says: ${this.err}`)
    return this.code ?? null
  }
}

export async function cli(args: readonly string[], input?: string) {
  const run = new Cli(args, input)
  await run.ended()
  return run
}
