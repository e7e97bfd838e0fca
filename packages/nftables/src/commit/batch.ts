import { EncodeError } from '@nfkit/netlink-codec'
import type { Chain } from '../values/chain.ts'
import type { NamedMap } from '../values/map.ts'
import type { Rule } from '../values/rule.ts'
import type { NamedSet } from '../values/set.ts'
import type { Table } from '../values/table.ts'
import { eachOf, type Operation, type Part, StepList, type Verb } from './operation.ts'

/** A rule that is in the kernel: one that was listed or committed, or its handle. */
export type Placement = Rule | bigint

let stepsIn: (batch: RuleBatch) => readonly Operation[]

/** What a batch does, in its order, elements of one set at a time. */
export const stepsOf = (batch: RuleBatch): readonly Operation[] => stepsIn(batch)

/**
 * What is to be done at once, or not at all. Nothing is in the kernel before it is committed. The order matters for names alone: what
 * refers to a set or a chain comes behind what makes it. Its methods throw `EncodeError` for what a batch does not take.
 *
 * @example
 * import { accept, RuleBatch, table, tcp } from '@nfkit/nftables'
 *
 * const fw = table('inet', 'fw')
 * const input = fw.chain('input', { hook: 'input' })
 * const batch = new RuleBatch().add(fw, input, input.rule(tcp.dport.is(22), accept()))
 * console.log(batch.operations.map(({ path }) => path).join(' ')) // tables.fw tables.fw.chains.input tables.fw.chains.input.rules[0]
 */
export class RuleBatch {
  static {
    stepsIn = (batch) => batch.#steps.all
  }
  readonly #steps = new StepList()

  /** What is done, in this order. */
  get operations(): readonly Operation[] {
    return this.#steps.all.flatMap(eachOf)
  }

  /** Make these. What is there and the same stays; rules go to the end of their chain. Throws `EncodeError` for anything else. */
  add(...parts: readonly Part[]): this {
    return this.#all('add', parts)
  }

  /** Make these; one that is there already is refused. Throws `EncodeError` for anything else. */
  create(...parts: readonly Part[]): this {
    return this.#all('create', parts)
  }

  /** Put a rule behind another one of its chain. Throws `EncodeError` for anything else. */
  addAfter(neighbour: Placement, rule: Rule): this {
    return this.#one('add', rule, neighbour)
  }

  /** Put rules, in this order, in front of all others of their chain. Throws `EncodeError` for anything else. */
  insert(...rules: readonly Rule[]): this {
    return this.#all('insert', rules.toReversed())
  }

  /** Put a rule in front of another one of its chain. Throws `EncodeError` for anything else. */
  insertBefore(neighbour: Placement, rule: Rule): this {
    return this.#one('insert', rule, neighbour)
  }

  /** Put a rule in the place of another one, whose handle it takes. Counters begin anew. Throws `EncodeError` for anything else. */
  replace(old: Placement, rule: Rule): this {
    return this.#one('replace', rule, old)
  }

  /**
   * Take these away; rules by their handles. What is not there is refused, and elements whose time has passed are not there. Throws
   * `EncodeError` for a rule without a handle.
   */
  delete(...parts: readonly Part[]): this {
    return this.#all('delete', parts)
  }

  /** Take these away if they are there; since Linux 6.3. Throws `EncodeError` for anything else. */
  destroy(...parts: readonly Part[]): this {
    return this.#all('destroy', parts)
  }

  /** Take away all rules of a table or a chain, all elements of a set or a map. Hooks and names stay. Throws `EncodeError` for anything else. */
  flush(...parts: readonly (Table | Chain | NamedSet | NamedMap)[]): this {
    return this.#all('flush', parts)
  }

  #all(verb: Verb, parts: readonly Part[]): this {
    for (const part of parts) this.#one(verb, part)
    return this
  }

  #one(verb: Verb, part: Part, beside?: Placement): this {
    if (typeof part !== 'object' || part === null || kinds[(part as { kind?: Part['kind'] }).kind!] !== true)
      throw new EncodeError(
        verb,
        `${String(part)} is nothing that a batch takes: tables, chains, sets, maps, objects, rules and elements`,
      )
    this.#steps.add(verb, part, beside)
    return this
  }
}

const kinds: { readonly [kind in Part['kind']]: true } = {
  table: true,
  chain: true,
  set: true,
  map: true,
  object: true,
  rule: true,
  element: true,
}

/** A batch, or what fills one. */
export type BatchSource = RuleBatch | ((batch: RuleBatch) => unknown)

/** What is to be done, elements of one set at a time. Throws `EncodeError`, and what the function throws. */
export async function operationsOf(source: BatchSource): Promise<readonly Operation[]> {
  if (source instanceof RuleBatch) return stepsOf(source)
  if (typeof source !== 'function') throw new EncodeError('commit', 'it takes a batch, or a function that fills one')
  const batch = new RuleBatch()
  await source(batch)
  return stepsOf(batch)
}
