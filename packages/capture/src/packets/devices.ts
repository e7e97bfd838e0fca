import { CaptureError } from '../format/errors.ts'
import { limits } from '../format/limits.ts'
import type { CaptureRecord } from '../format/record.ts'

/** A kernel's network interfaces, as far as a replay needs them. */
export interface KernelInterfaces {
  /** The interfaces there are. */
  readonly list: readonly { readonly name: string; readonly index: number }[]
  /** Add an interface under a name and an index that are free. */
  add(name: string, index: number): void
}

/** Finds a capture's interfaces among a kernel's. */
export class ReplayDevices {
  /** Index by name. */
  readonly numbers: { readonly [name: string]: number }
  readonly #interfaces: KernelInterfaces | undefined
  readonly #known = new Set<number>()
  readonly #names = new Set<string>()

  /** `named` overrides what the kernel calls its own. */
  constructor(interfaces: KernelInterfaces | undefined, named: { readonly [name: string]: number } = {}) {
    this.#interfaces = interfaces
    const known = interfaces?.list ?? []
    this.numbers = { ...Object.fromEntries(known.map(({ name, index }) => [name, index])), ...named }
    for (const { index, name } of known) {
      this.#known.add(index)
      this.#names.add(name)
    }
  }

  /** Have the kernel know the interface of a record, by the capture's name for it. Throws `CaptureError` beyond 65,536 of them. */
  require(index: number | undefined, { file, offset, interface: { name } }: CaptureRecord): void {
    if (index === undefined || this.#known.has(index)) return
    if (this.#known.size >= limits.interfaces) {
      const reason = `its packets are of more than ${limits.interfaces} interfaces: split the capture with editcap -c`
      throw new CaptureError('unsupported', { file, offset }, reason)
    }
    this.#known.add(index)
    const added = name === undefined || this.#names.has(name) ? `if${index}` : name
    this.#names.add(added)
    this.#interfaces?.add(added, index)
  }
}
