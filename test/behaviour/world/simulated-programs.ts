import type { ProgramSocketOptions, SimulatedKernel } from '@nfkit/simulator'
import type { Listener, ProgramConnection, ProgramOptions, ProgramSocket, Programs } from '../programs.ts'
import type { Side } from '../world.ts'

type Open = (options: ProgramSocketOptions) => ReturnType<SimulatedKernel['openSocket']>

/** Programs of a simulated machine: no packets come of what they do. */
export class SimulatedPrograms implements Programs {
  readonly uid = 1000
  readonly #open: Open
  readonly #index: (device: Side) => number

  constructor(kernel: SimulatedKernel, index: (device: Side) => number) {
    this.#index = index
    this.#open = (options) => kernel.openSocket({ uid: this.uid, ...options })
  }

  async listen(local: string, options: ProgramOptions = {}): Promise<Listener> {
    return {
      ...closing(this.#open({ local, ...this.#settled(options) })),
      connect: (from, to) => this.#connect(from, to),
    }
  }

  async bind(local: string, remote?: string, options: ProgramOptions = {}): Promise<ProgramSocket> {
    return closing(this.#open({ protocol: 'udp', local, remote, ...this.#settled(options) }))
  }

  #settled({ device, mark, ipv6Only }: ProgramOptions): Partial<ProgramSocketOptions> {
    return { mark, ipv6Only, interface: device && this.#index(device) }
  }

  async #connect(local: string, remote: string): Promise<ProgramConnection> {
    const client = closing(this.#open({ local, remote }))
    const server = closing(this.#open({ local: remote, remote: local }))
    const finish = async () => {
      await client.close()
      await server.close()
      this.#open({ local, remote, state: 'timeWait', inode: 0 })
    }
    return { client, server, finish }
  }
}

const closing = (socket: ReturnType<Open>): ProgramSocket => ({
  close: async () => socket.close(),
})
