import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** What the agent answers; which of these depends on what was asked. */
export interface AgentAnswer {
  /** A name: `EAGAIN`. */
  readonly error?: string
  readonly sent?: number
  readonly packets?: readonly AgentPacket[]
  readonly socket?: number
  readonly port?: number
  readonly value?: number
  readonly bytes?: string
  readonly truncated?: boolean
  readonly from?: number
  readonly groups?: number
}

export interface AgentPacket {
  readonly version: 4 | 6
  readonly protocol: number
  readonly header: string
  readonly transport: string
  readonly mark: number
}

/** The process that runs agent.py: sockets Node has not. */
export class Agent {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #waiting: ((line: string | undefined) => void)[] = []

  /** `program` is where agent.py lies; `prefix` is a command that runs it, with fewer privileges for one. */
  constructor(program: string, prefix: readonly string[] = []) {
    const [command = 'python3', ...rest] = [...prefix, 'python3', '-S', '-u', program]
    this.#process = spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'] })
    let complaint = ''
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2000)
    })
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.#waiting.shift()?.(line))
    this.#process.once('close', () => {
      if (complaint !== '') console.error(complaint)
      for (const waiting of this.#waiting.splice(0)) waiting(undefined)
    })
    this.#process.once('error', () => undefined)
    this.#process.stdin.on('error', () => undefined)
  }

  /** Resolves when it is done. Rejects when the agent is gone, and for an error it did not expect. */
  ask(request: { readonly do: string; readonly [key: string]: unknown }): Promise<AgentAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push((line) => {
        if (line === undefined) reject(new Error(`the agent ended during ${request.do}`))
        else resolve(JSON.parse(line) as AgentAnswer)
      })
      this.#process.stdin.write(`${JSON.stringify(request)}\n`)
    })
  }

  close(): void {
    this.#process.stdin.end()
  }
}
