import { formatHex, parseHex } from '@nfkit/netlink-codec'
import type { Item, Wire } from '../wire.ts'
import type { Agent } from './agent.ts'

/** A netlink socket of the agent's: with the agent's privileges, not ours. */
export class AgentWire implements Wire {
  readonly portId: number
  readonly #agent: Agent
  readonly #socket: number

  private constructor(agent: Agent, socket: number, portId: number) {
    this.#agent = agent
    this.#socket = socket
    this.portId = portId
  }

  static async open(agent: Agent): Promise<AgentWire> {
    const { socket, port, error } = await agent.ask({ do: 'netlink' })
    if (socket === undefined || port === undefined) throw new Error(`the agent cannot open a netlink socket: ${error}`)
    return new AgentWire(agent, socket, port)
  }

  async send(datagram: Uint8Array): Promise<void> {
    const { error } = await this.#agent.ask({ do: 'send', socket: this.#socket, bytes: formatHex(datagram) })
    if (error !== undefined) throw new Error(error)
  }

  async collect(enough: (items: readonly Item[]) => boolean, milliseconds: number): Promise<Item[]> {
    const items: Item[] = []
    for (const end = Date.now() + milliseconds; ; await new Promise((resolve) => setTimeout(resolve, 5))) {
      const answer = await this.#agent.ask({ do: 'receive', socket: this.#socket })
      items.push(...(answer.items ?? []).map(({ bytes, error }) => error ?? parseHex(bytes ?? '')!))
      if (enough(items) || Date.now() >= end) return items
    }
  }

  /** Join a multicast group: `0`, or the error's name. */
  async join(group: number): Promise<string> {
    return (await this.#agent.ask({ do: 'join', socket: this.#socket, group })).error ?? '0'
  }

  async close(): Promise<void> {
    await this.#agent.ask({ do: 'close', socket: this.#socket })
  }
}
