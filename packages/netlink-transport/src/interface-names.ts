import type { Transport } from './transport.ts'

/** How long a name is believed: interfaces are renamed and come back under old indexes, but rarely. */
const believedMilliseconds = 5_000

/** Names of interfaces by index, in the transport's network namespace, remembered for five seconds. */
export class InterfaceNames {
  readonly #transport: Transport
  readonly #names = new Map<number, string | undefined>()
  #since = 0

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** The name; `undefined` where there is no such interface. */
  get(index: number): string | undefined {
    const now = performance.now()
    if (now - this.#since > believedMilliseconds) {
      this.#names.clear()
      this.#since = now
    }
    if (!this.#names.has(index)) this.#names.set(index, this.#transport.interfaceName(index))
    return this.#names.get(index)
  }
}
