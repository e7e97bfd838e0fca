import { formatHex, parseHex } from '@nfkit/inet'
import type { PlainSocket, Received } from '../plain-socket.ts'
import type { Agent, AgentAnswer } from './agent.ts'

const pollIn = 1
const pollError = 8

/** A netlink socket of the agent's: with the agent's privileges, not ours. */
export class AgentSocket implements PlainSocket {
  readonly #agent: Agent
  readonly #socket: number

  private constructor(agent: Agent, socket: number) {
    this.#agent = agent
    this.#socket = socket
  }

  static async open(agent: Agent): Promise<AgentSocket> {
    const { socket, error } = await agent.ask({ do: 'netlink' })
    if (socket === undefined) throw new Error(`the agent cannot open a netlink socket: ${error}`)
    return new AgentSocket(agent, socket)
  }

  async bind(port: number, groups: number): Promise<string> {
    return (await this.#ask('bind', { port, groups })).error ?? '0'
  }

  async portId(): Promise<number> {
    return (await this.#ask('port')).port!
  }

  async join(group: number): Promise<string> {
    return (await this.#ask('join', { group })).error ?? '0'
  }

  async send(datagram: Uint8Array, to = 0): Promise<string> {
    return (await this.#ask('send', { bytes: formatHex(datagram), to })).error ?? '0'
  }

  async receive(size = 1 << 17): Promise<Received | string> {
    const { error, bytes = '', truncated = false, from = 0, groups = 0 } = await this.#ask('receive', { size })
    return error ?? { bytes: parseHex(bytes)!, truncated, from, groups }
  }

  async poll(): Promise<{ readable: boolean; error: boolean }> {
    const events = (await this.#ask('poll')).value!
    return { readable: (events & pollIn) !== 0, error: (events & pollError) !== 0 }
  }

  async shrink(bytes: number): Promise<number> {
    return (await this.#ask('shrink', { bytes })).value!
  }

  async duplicate(): Promise<AgentSocket> {
    return new AgentSocket(this.#agent, (await this.#ask('duplicate')).socket!)
  }

  async close(): Promise<void> {
    await this.#ask('close')
  }

  #ask(what: string, more: object = {}): Promise<AgentAnswer> {
    return this.#agent.ask({ do: what, socket: this.#socket, ...more })
  }
}
