import type { Transport } from '@nfkit/netlink-transport'

/** What a socket delivered: one datagram, or the name of an error in its place. */
export type Item = Uint8Array | string

/** The least a netlink socket must do for a scenario. */
export interface Wire {
  readonly portId: number
  /** Hand the kernel one datagram. Rejects with the system's error. */
  send(datagram: Uint8Array): Promise<void>
  /** Remove and return what has arrived, as soon as that is `enough`, else when the time is over. */
  collect(enough: (items: readonly Item[]) => boolean, milliseconds: number): Promise<Item[]>
  /** Join a multicast group: `0`, or the error's name. */
  join(group: number): Promise<string>
  close(): Promise<void>
}

/** A wire over a transport: the way the project's packages use sockets. */
export class TransportWire implements Wire {
  readonly transport: Transport
  #items: Item[] = []
  #arrival: (() => void) | undefined

  constructor(transport: Transport) {
    this.transport = transport
    transport.receive({
      batch: (batch) => {
        for (let i = 0; i < batch.length; i++) {
          const at = batch.spans[2 * i]!
          this.#items.push(batch.bytes.slice(at, at + batch.spans[2 * i + 1]!))
        }
        batch.release()
        this.#arrival?.()
      },
      error: (error) => {
        this.#items.push(error.code)
        this.#arrival?.()
      },
    })
  }

  get portId(): number {
    return this.transport.portId
  }

  async send(datagram: Uint8Array): Promise<void> {
    this.transport.send(datagram)
  }

  async collect(enough: (items: readonly Item[]) => boolean, milliseconds: number): Promise<Item[]> {
    if (!enough(this.#items)) await this.#wait(enough, milliseconds)
    const items = this.#items
    this.#items = []
    return items
  }

  #wait(enough: (items: readonly Item[]) => boolean, milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.#arrival = undefined
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(end, milliseconds)
      this.#arrival = () => {
        if (enough(this.#items)) end()
      }
    })
  }

  async join(group: number): Promise<string> {
    try {
      this.transport.join(group)
      return '0'
    } catch (error) {
      return (error as { code: string }).code
    }
  }

  async close(): Promise<void> {
    this.transport.close()
  }
}
