import type { Chain } from '../values/chain.ts'
import type { Element } from '../values/element.ts'
import type { NamedMap } from '../values/map.ts'
import type { NamedObject } from '../values/object.ts'
import type { Rule } from '../values/rule.ts'
import type { NamedSet } from '../values/set.ts'
import type { Table } from '../values/table.ts'

/** What a batch makes, changes and takes away. */
export type Part = Table | Chain | NamedSet | NamedMap | NamedObject | Rule | Element

/** What is done with it. */
export type Verb = 'add' | 'create' | 'insert' | 'replace' | 'delete' | 'destroy' | 'flush'

/** One thing that a batch does. */
export interface Operation {
  /** What is done. */
  readonly verb: Verb
  /** To what. */
  readonly part: Part
  /** Where it is in the batch: `tables.fw.chains.out.rules[3]`. */
  readonly path: string
  /** Of a rule that is added or inserted: the one it stands beside. Of one that is replaced: that one. */
  readonly beside?: Rule | bigint
}

/** Numbers what a batch does by where it is, so that a failure can name it. */
export class Paths {
  readonly #counts = new Map<unknown, { readonly list: string; next: number }>()

  /** The path of what is done next with a part: rules and elements are counted within their chain and set. */
  of(part: Part): string {
    switch (part.kind) {
      case 'table':
        return `tables.${part.name}`
      case 'chain':
        return `tables.${part.table}.chains.${part.name}`
      case 'object':
        return `tables.${part.table}.${part.type}s.${part.name}`
      case 'rule':
        return this.#numbered(
          `${part.family} ${part.table} ${part.chain}`,
          `tables.${part.table}.chains.${part.chain}.rules`,
        )
      case 'element':
        return this.#element(part)
      default:
        return `tables.${part.table}.${part.kind}s.${part.name}`
    }
  }

  /** Of a set there may be very many. */
  #element({ set }: Element): string {
    return this.#numbered(set, () => `tables.${set.table}.${set.kind}s.${set.name}.elements`)
  }

  #numbered(key: unknown, list: string | (() => string)): string {
    let count = this.#counts.get(key)
    if (count === undefined) {
      count = { list: typeof list === 'string' ? list : list(), next: 0 }
      this.#counts.set(key, count)
    }
    return `${count.list}[${count.next++}]`
  }
}
