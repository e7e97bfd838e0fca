import type { NetlinkSocket } from '@nfkit/simulator'
import type { PlainSocket, Received } from '../plain-socket.ts'

/** A simulated kernel's socket, as system calls see it. */
export class SimulatedSocket implements PlainSocket {
  readonly #socket: NetlinkSocket

  constructor(socket: NetlinkSocket) {
    this.#socket = socket
  }

  async bind(portId: number, groups: number): Promise<string> {
    return attempt(() => this.#socket.bind(portId, groups))
  }

  async portId(): Promise<number> {
    return this.#socket.portId
  }

  async join(group: number): Promise<string> {
    return attempt(() => this.#socket.join(group))
  }

  async send(datagram: Uint8Array, to = 0): Promise<string> {
    return attempt(() => this.#socket.send(datagram, to))
  }

  async receive(size = 1 << 17): Promise<Received | string> {
    let received: Received | undefined
    const error = attempt(() => {
      received = this.#socket.receive(size)
    })
    return received ?? error
  }

  async poll(): Promise<{ readable: boolean; error: boolean }> {
    return this.#socket.poll()
  }

  async shrink(bytes: number): Promise<number> {
    return this.#socket.resize({ receive: bytes }).receive
  }

  async duplicate(): Promise<SimulatedSocket> {
    this.#socket.duplicate()
    return new SimulatedSocket(this.#socket)
  }

  async close(): Promise<void> {
    this.#socket.close()
  }
}

function attempt(call: () => unknown): string {
  try {
    call()
    return '0'
  } catch (error) {
    return (error as { code: string }).code
  }
}
