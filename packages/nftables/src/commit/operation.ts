import { EncodeError } from '@nfkit/netlink-codec'
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

/**
 * What is done alike with elements of one set, one behind the other. Of these there may be very many, so an operation is made of one only where it
 * is asked for; the run itself is that of the first.
 */
export class ElementRun implements Operation {
  readonly verb: Verb
  readonly elements: Element[]
  readonly #list: string
  readonly #first: number

  constructor(verb: Verb, elements: Element[], list: string, first: number) {
    this.verb = verb
    this.elements = elements
    this.#list = list
    this.#first = first
  }

  get part(): Element {
    return this.elements[0]!
  }

  get path(): string {
    return this.#pathAt(0)
  }

  /** The number behind that of the last. */
  get end(): number {
    return this.#first + this.elements.length
  }

  /** An operation for each. */
  get each(): readonly Operation[] {
    return this.elements.map((part, i) => ({ verb: this.verb, part, path: this.#pathAt(i) }))
  }

  /** The same with other elements, as many. */
  with(elements: Element[]): ElementRun {
    return new ElementRun(this.verb, elements, this.#list, this.#first)
  }

  #pathAt(index: number): string {
    return `${this.#list}[${this.#first + index}]`
  }
}

/** The operations of a step: of elements, one for each. */
export const eachOf = (step: Operation): readonly Operation[] => (step instanceof ElementRun ? step.each : [step])

/** What a batch does, step by step, numbered by where it is, so that a failure can name it. */
export class StepList {
  readonly all: Operation[] = []
  /** How many rules of each chain there are. */
  readonly #rules = new Map<string, number>()
  /** The last run of elements, and that of each set. */
  #run: ElementRun | undefined
  readonly #runs = new Map<unknown, ElementRun>()

  /** Adds what is done with a part. Throws `EncodeError` for a rule that is to be taken away and has no handle. */
  add(verb: Verb, part: Part, beside?: Rule | bigint): void {
    if (part.kind === 'element') {
      this.#element(verb, part)
      return
    }
    const path = this.#pathOf(part)
    if ((verb === 'delete' || verb === 'destroy') && part.kind === 'rule' && part.handle === undefined)
      throw new EncodeError(path, 'a rule is taken away by its handle: take one that was listed or committed')
    this.all.push({ verb, part, path, ...(beside === undefined ? {} : { beside }) })
  }

  #element(verb: Verb, element: Element): void {
    const { set } = element
    const run = this.#run
    if (run?.verb === verb && run.part.set === set && run === this.all.at(-1)) {
      run.elements.push(element)
      return
    }
    const list = `tables.${set.table}.${set.kind}s.${set.name}.elements`
    this.#run = new ElementRun(verb, [element], list, this.#runs.get(set)?.end ?? 0)
    this.#runs.set(set, this.#run)
    this.all.push(this.#run)
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
        const key = `${family} ${table} ${chain}`
        const index = this.#rules.get(key) ?? 0
        this.#rules.set(key, index + 1)
        return `tables.${table}.chains.${chain}.rules[${index}]`
      }
      default:
        return `tables.${part.table}.${part.kind}s.${part.name}`
    }
  }
}
