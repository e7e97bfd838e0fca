import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Bundle `programs/NAME.ts` of a folder of tests with the sources of the packages it imports, for a process or thread of its own. It lies where this
 * package finds its native part.
 */
export async function bundled(name: string, tests = import.meta.dirname): Promise<string> {
  await build({
    config: false,
    entry: { [name]: `${tests}/programs/${name}.ts` },
    outDir: `${root}.cache`,
    format: 'esm',
    outExtension: () => ({ js: '.mjs' }),
    target: 'node20',
    skipNodeModulesBundle: true,
    noExternal: [/^@nfkit\//],
    esbuildOptions: (options) => {
      options.conditions = ['nfkit-source']
    },
    silent: true,
  })
  return `${root}.cache/${name}.mjs`
}

/** A program running as a child process; what it prints is collected. */
export class Program {
  readonly process: ChildProcess
  output = ''
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>

  constructor(
    path: string,
    flags: readonly string[] = [],
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ) {
    this.process = spawn(process.execPath, [...flags, path, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
      })
    }
    this.ended = new Promise((resolve) => this.process.on('close', (code, signal) => resolve({ code, signal })))
  }

  /** Wait until it has printed `text`. */
  async printed(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      const more = new Promise((resolve) => this.process.stdout?.once('data', resolve))
      await Promise.race([more, this.ended])
      if (this.process.exitCode !== null && !this.output.includes(text)) {
        throw new Error(`ended with ${this.process.exitCode} before printing "${text}": ${this.output}`)
      }
    }
  }
}
