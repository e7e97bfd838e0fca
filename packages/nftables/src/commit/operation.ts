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

/** The same of another part, which stands in for its own. */
export const about = <P extends Part>(
  { verb, path, beside }: Operation,
  part: P,
): Operation & { readonly part: P } => ({
  verb,
  part,
  path,
  ...(beside === undefined ? {} : { beside }),
})

/** Makes operations, and numbers what they are about by where it is, so that a failure can name it. */
export class Numbering {
  readonly #counts = new Map<unknown, { readonly list: string; next: number }>()

  /** What is done next with a part: rules and elements are counted within their chain and set. */
  next(verb: Verb, part: Part, beside?: Rule | bigint): Operation {
    if (part.kind !== 'element')
      return { verb, part, path: this.#pathOf(part), ...(beside === undefined ? {} : { beside }) }
    const { set } = part
    const count = this.#count(set, () => `tables.${set.table}.${set.kind}s.${set.name}.elements`)
    return new ElementOperation(verb, part, count.list, count.next++)
  }

  #pathOf(part: Exclude<Part, Element>): string {
    switch (part.kind) {
      case 'table':
        return `tables.${part.name}`
      case 'chain':
        return `tables.${part.table}.chains.${part.name}`
      case 'object':
        return `tables.${part.table}.${part.type}s.${part.name}`
      case 'rule': {
        const { family, table, chain } = part
        const count = this.#count(`${family} ${table} ${chain}`, () => `tables.${table}.chains.${chain}.rules`)
        return `${count.list}[${count.next++}]`
      }
      default:
        return `tables.${part.table}.${part.kind}s.${part.name}`
    }
  }

  #count(key: unknown, list: () => string): { readonly list: string; next: number } {
    let count = this.#counts.get(key)
    if (count === undefined) {
      count = { list: list(), next: 0 }
      this.#counts.set(key, count)
    }
    return count
  }
}

/** Of elements there may be very many: the path is text when it is asked for. */
class ElementOperation implements Operation {
  readonly verb: Verb
  readonly part: Element
  readonly #list: string
  readonly #index: number

  constructor(verb: Verb, part: Element, list: string, index: number) {
    this.verb = verb
    this.part = part
    this.#list = list
    this.#index = index
  }

  get path(): string {
    return `${this.#list}[${this.#index}]`
  }
}
