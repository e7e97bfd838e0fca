/** A kernel's network interfaces, as far as a replay needs them. */
export interface KernelInterfaces {
  readonly list: readonly { readonly name: string; readonly index: number }[]
  add(name: string, index: number): void
}

/** Finds a capture's interfaces among a kernel's. */
export class ReplayDevices {
  /** Index by name. */
  readonly numbers: { readonly [name: string]: number }
  readonly #interfaces: KernelInterfaces | undefined
  readonly #known = new Set<number>()

  /** `named` overrides what the kernel calls its own. */
  constructor(interfaces: KernelInterfaces | undefined, named: { readonly [name: string]: number } = {}) {
    this.#interfaces = interfaces
    const known = interfaces?.list ?? []
    this.numbers = { ...Object.fromEntries(known.map(({ name, index }) => [name, index])), ...named }
    for (const { index } of known) this.#known.add(index)
  }

  /** Have the kernel know an interface, by the capture's name for it. */
  require(index: number | undefined, name: string | undefined): void {
    if (index === undefined || this.#known.has(index)) return
    this.#known.add(index)
    const free = name !== undefined && this.#interfaces?.list.every((other) => other.name !== name)
    this.#interfaces?.add(free ? name : `if${index}`, index)
  }
}
