import { Chain } from '../values/chain.ts'
import type { Element } from '../values/element.ts'
import { Table } from '../values/table.ts'
import { isMaking } from './contents.ts'
import { about, ElementRun, type Operation, type Part } from './operation.ts'

/** Base chains that a batch may make, each of which would take its place at a hook. */
export const baseChainsOf = (operations: readonly Operation[]): readonly Operation[] =>
  operations.filter(({ verb, part }) => isMaking(verb) && part.kind === 'chain' && part.base !== undefined)

/** What the kernel has already, as far as a trial must know. */
export interface Present {
  /** Tables, by `keyOf`. */
  readonly tables: ReadonlySet<string>
  /** Base chains of the batch that are not in the kernel. */
  readonly added: ReadonlySet<Operation>
}

/** A batch that can be tried without a hook. */
export interface Trial {
  readonly operations: readonly Operation[]
  /** Tables that are copies, by `tableKey`: they have nothing but what the batch makes. */
  readonly copies: ReadonlySet<string>
}

/**
 * Returns what to try in place of a batch: the kernel gives a base chain its hook while it reads the batch, and a hook that it takes back
 * drops all packets that wait in queues. In a table that sleeps no chain has a hook. So a new table is tried asleep. In a table that is
 * there, a chain without a hook stands in for each new base chain; what depends on the hook is tried in a copy of the table that
 * sleeps, which has only what the batch makes.
 */
export function trialOf(operations: readonly Operation[], { tables, added }: Present): Trial {
  const touched = new Set([...added].map(({ part }) => tableKey(part)))
  const isThere = (part: Part) => touched.has(tableKey(part)) && tables.has(tableKey(part))
  const addedChains = new Set([...added].map(({ part }) => chainKey(part)))
  const inPlace = operations.map((operation): Operation => {
    const { part } = operation
    if (part.kind === 'table' && touched.has(tableKey(part)) && !isThere(part)) return about(operation, asleep(part))
    return isThere(part) && addedChains.has(chainKey(part)) ? elsewhere(operation, unhooked(part)) : operation
  })
  const copies = operations.filter(({ verb, part }) => isMaking(verb) && part.kind !== 'table' && isThere(part))
  const first = new Map(copies.map((operation) => [tableKey(operation.part), operation]))
  const copiedTables = [...first.values()].map((operation) => ({
    ...about(operation, copyOfTable(operation.part)),
    verb: 'add' as const,
  }))
  const copied = copies.map((operation) =>
    operation instanceof ElementRun
      ? operation.with(renamedAll(operation.elements))
      : elsewhere(operation, renamed(operation.part)),
  )
  return {
    operations: [...inPlace, ...copiedTables, ...copied],
    copies: new Set(copiedTables.map(({ part }) => tableKey(part))),
  }
}

/** The same in another chain. Its neighbour is not there, or is another rule there: a rule goes to the end, which is as good for a trial. */
const elsewhere = ({ verb, path, beside }: Operation, part: Part): Operation =>
  verb === 'replace' && beside !== undefined ? { verb, part, path, beside } : { verb, part, path }

/** What tells a table from others. */
export const tableKey = (part: Part): string => {
  const { family, name } = part.kind === 'table' ? part : placeOf(part)
  return `${family} ${name}`
}

const chainKey = (part: Part): string | undefined =>
  part.kind === 'chain'
    ? `${tableKey(part)} ${part.name}`
    : part.kind === 'rule'
      ? `${tableKey(part)} ${part.chain}`
      : undefined

const placeOf = (part: Exclude<Part, Table>) => {
  const { family, table } = part.kind === 'element' ? part.set : part
  return { family, name: table }
}

const trialName = (name: string): string => `${name.slice(0, 200)}~trial`

const asleep = ({ family, name, owner, persist }: Table): Table =>
  new Table(family, name, { owner, persist, dormant: true })

function copyOfTable(part: Part): Table {
  const { family, name } = part.kind === 'table' ? part : placeOf(part)
  return new Table(family, trialName(name), { dormant: true })
}

/** A chain without its hook, and the same rule in that. */
function unhooked(part: Part): Part {
  if (part.kind === 'rule') return { ...part, chain: trialName(part.chain) }
  return part.kind === 'chain' ? new Chain({ family: part.family, name: part.table }, trialName(part.name), {}) : part
}

/** The same in the copy of its table. */
const renamed = (part: Part): Part =>
  part.kind === 'table' ? copyOfTable(part) : ({ ...part, table: trialName((part as Chain).table) } as Part)

/** The same for elements of one set. */
function renamedAll(elements: readonly Element[]): Element[] {
  const [{ set }] = elements as readonly [Element]
  const copy = { ...set, table: trialName(set.table) }
  return elements.map((element) => ({ ...element, set: copy }))
}
