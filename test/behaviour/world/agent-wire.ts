import type { Item, Wire } from '../wire.ts'
import type { Agent } from './agent.ts'
import { AgentSocket } from './agent-socket.ts'

/** A wire over a socket of the agent's. */
export class AgentWire implements Wire {
  readonly portId: number
  readonly #socket: AgentSocket

  private constructor(socket: AgentSocket, portId: number) {
    this.#socket = socket
    this.portId = portId
  }

  static async open(agent: Agent): Promise<AgentWire> {
    const socket = await AgentSocket.open(agent)
    await socket.bind(0, 0)
    return new AgentWire(socket, await socket.portId())
  }

  async send(datagram: Uint8Array): Promise<void> {
    const error = await this.#socket.send(datagram)
    if (error !== '0') throw new Error(error)
  }

  async collect(enough: (items: readonly Item[]) => boolean, milliseconds: number): Promise<Item[]> {
    const items: Item[] = []
    for (const end = Date.now() + milliseconds; ; await new Promise((resolve) => setTimeout(resolve, 5))) {
      for (let next = await this.#socket.receive(); next !== 'EAGAIN'; next = await this.#socket.receive())
        items.push(typeof next === 'string' ? next : next.bytes)
      if (enough(items) || Date.now() >= end) return items
    }
  }

  join(group: number): Promise<string> {
    return this.#socket.join(group)
  }

  async close(): Promise<void> {
    await this.#socket.close()
  }
}
