import { fileURLToPath } from 'node:url'
import { parseEnd } from '@nfkit/inet'
import type { Listener, ProgramConnection, ProgramOptions, ProgramSocket, Programs } from '../programs.ts'
import type { Side } from '../world.ts'
import { Agent } from './agent.ts'
import { run } from './run.ts'

const program = fileURLToPath(new URL('./programs.py', import.meta.url))

/** Programs of the network namespace this process is in. */
export class KernelPrograms implements Programs {
  readonly uid = process.getuid!()
  readonly #settle: (device: Side | undefined) => Promise<string | undefined>
  #agent: Agent | undefined

  /** `settle` puts the rules in force that programs are to meet, and resolves to the name of a device. */
  constructor(settle: (device: Side | undefined) => Promise<string | undefined>) {
    this.#settle = settle
  }

  async listen(local: string, options: ProgramOptions = {}): Promise<Listener> {
    const socket = await this.#ask('listen', { local: endOf(local), ...(await this.#settled(options)) })
    return { ...this.#closing(socket), connect: (from, to) => this.#connect(socket, from, to) }
  }

  async bind(local: string, remote?: string, options: ProgramOptions = {}): Promise<ProgramSocket> {
    return this.#closing(await this.#ask('bind', { ...endsOf(local, remote), ...(await this.#settled(options)) }))
  }

  /** Everything that is open is closed, and nobody says goodbye any more into the next scenario. */
  async reset(): Promise<void> {
    if (this.#agent === undefined) return
    await this.#agent.ask({ do: 'reset' })
    run('ss', '-K', '-t', 'state', 'fin-wait-1', 'state', 'closing', 'state', 'last-ack')
  }

  close(): void {
    this.#agent?.close()
  }

  async #connect(listener: number, local: string, remote: string): Promise<ProgramConnection> {
    const client = await this.#ask('connect', endsOf(local, remote))
    const server = await this.#ask('accept', { socket: listener })
    const finish = async () => {
      for (const socket of [client, server]) await this.#ask('finish', { socket })
    }
    return { client: this.#closing(client), server: this.#closing(server), finish }
  }

  #closing(socket: number): ProgramSocket {
    return {
      close: async () => {
        await this.#ask('close', { socket })
      },
    }
  }

  async #settled({ device, mark, ipv6Only }: ProgramOptions): Promise<object> {
    return { device: await this.#settle(device), mark, ipv6Only }
  }

  /** Resolves to the number of a socket. Rejects for what the kernel refuses. */
  async #ask(what: string, request: object): Promise<number> {
    this.#agent ??= new Agent(program)
    const { error, socket = -1 } = await this.#agent.ask({ ...request, do: what })
    if (error !== undefined) throw new Error(`${what} ${JSON.stringify(request)}: ${error}`)
    return socket
  }
}

const endsOf = (local: string, remote: string | undefined): object => ({
  local: endOf(local),
  ...(remote === undefined ? {} : { remote: endOf(remote) }),
})

function endOf(text: string): readonly [string, number] {
  const end = parseEnd(text)
  if (end?.port === undefined) throw new RangeError(`${text} is no address with a port`)
  return [end.address, end.port]
}
