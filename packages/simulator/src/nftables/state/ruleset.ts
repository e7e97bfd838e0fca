import type { NftTableState } from './table.ts'

/** All tables of a network namespace, by family and name, and how often they were changed. */
export class NftRuleset {
  readonly #tables = new Map<string, NftTableState>()
  /** `NFTA_GEN_ID`. */
  generation = 1
  #lastHandle = 0n

  /** Whether no packet meets a chain. */
  get isAside(): boolean {
    for (const { chains } of this.#tables.values()) for (const { base } of chains.values()) if (base) return false
    return true
  }

  nextHandle(): bigint {
    this.#lastHandle += 1n
    return this.#lastHandle
  }

  at(family: number, name: string): NftTableState | undefined {
    return this.#tables.get(key(family, name))
  }

  byHandle(family: number, handle: bigint): NftTableState | undefined {
    return this.of(family).find((table) => table.handle === handle)
  }

  /** The tables of a family; of all of them when it is 0. */
  of(family: number): readonly NftTableState[] {
    return [...this.#tables.values()].filter((table) => family === 0 || table.family === family)
  }

  add(table: NftTableState): void {
    this.#tables.set(key(table.family, table.name), table)
  }

  remove({ family, name }: NftTableState): void {
    this.#tables.delete(key(family, name))
  }

  /** Every commit that changes something counts; 0 is left out. */
  advance(): void {
    this.generation = (this.generation + 1) >>> 0 || 1
  }
}

const key = (family: number, name: string): string => `${family} ${name}`
