import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { until } from '../../../test/host.ts'
import { main } from './cli.ts'
import { Emulator } from './emulator.ts'

/** Why a test of a terminal cannot run. */
export const noTerminal = spawnSync('script', ['--version']).error ? 'script (util-linux) is not installed' : undefined

/** The built command line on a terminal of its own, which is read by an emulator of the same size. */
export class OnTerminal {
  readonly screen: Emulator
  readonly process: ChildProcess
  code: number | null | undefined
  #terminal = ''

  constructor(args: readonly string[], columns: number, rows: number, environment: NodeJS.ProcessEnv = {}) {
    this.screen = new Emulator(columns, rows)
    const command = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ')
    const line = `tty; stty cols ${columns} rows ${rows}; exec ${command}`
    // Both turn colours off; a machine that tests has CI set.
    const { NO_COLOR: _, CI: __, ...inherited } = process.env
    const env = { ...inherited, TERM: 'xterm-256color', ...environment }
    this.process = spawn('script', ['-qefc', line, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'], env })
    this.process.stdout!.setEncoding('utf8').on('data', (text: string) => this.#take(text))
    this.process.on('close', (code) => {
      this.code = code
    })
  }

  /** The first line names the terminal. */
  #take(text: string): void {
    if (this.#terminal.endsWith('\n')) {
      this.screen.write(text)
      return
    }
    const begun = this.#terminal + text
    const end = begun.indexOf('\n') + 1
    this.#terminal = end === 0 ? begun : begun.slice(0, end)
    if (end > 0) this.screen.write(begun.slice(end))
  }

  type(keys: string): void {
    this.process.stdin!.write(keys)
  }

  /** As a user who drags the window's corner: the kernel tells the program. Resolves when it has drawn anew, and what it drew before it knew is forgotten. */
  async resize(columns: number, rows: number): Promise<void> {
    const { screen } = this
    screen.resize(columns, rows)
    execFileSync('stty', ['-F', this.#terminal.trim(), 'cols', `${columns}`, 'rows', `${rows}`])
    for (let i = 0; i < 2; i++) {
      const drawn = screen.frames
      await until(() => screen.frames > drawn + 1, 'that it is drawn anew')
      if (i === 0) screen.wraps = 0
    }
  }

  async shows(text: string | RegExp): Promise<void> {
    const isShown = () => (typeof text === 'string' ? this.screen.text.includes(text) : text.test(this.screen.text))
    await until(isShown, `${text} on the screen`).catch((error: Error) => {
      throw new Error(`${error.message}, which shows\n${this.screen.text}`)
    })
  }

  async ended(): Promise<number | null> {
    await until(() => this.code !== undefined, 'its end')
    return this.code ?? null
  }
}
