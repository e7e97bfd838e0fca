import type { ListedTable } from '../reading/listing.ts'
import type { Family } from '../values/hook.ts'
import { Table } from '../values/table.ts'
import { chainIn, ruleIn } from './chain.ts'
import { helperIn, objectIn } from './object.ts'
import type { Item } from './reader/item.ts'
import { flagsOf, setIn } from './set.ts'
import type { Known } from './value/value.ts'

const families: readonly Family[] = ['inet', 'ip', 'ip6', 'arp', 'bridge', 'netdev']
const objectKinds = ['counter', 'quota', 'limit', 'ct helper'] as const
const setKinds = ['set', 'map'] as const
const insides = [...objectKinds, ...setKinds, 'chain', 'rule'] as const

/** What stands in a table. */
type Inside = (typeof insides)[number]

/** A table, and the items that are in it, in their order. */
export interface TableItems {
  readonly table: Table
  readonly handle: bigint
  readonly inside: { readonly kind: Inside; readonly item: Item }[]
}

export const isInside = (kind: string): kind is Inside => (insides as readonly string[]).includes(kind)

/** The table that an item says it is in: `inet fw`. */
export function placeIn(item: Item): string {
  const { family, table } = item.some(['family', 'table'])
  return `${family.word(families)} ${table.text()}`
}

/** A table without anything in it yet. */
export function tableIn(item: Item): TableItems {
  const { family, name, handle, flags, comment } = item.fields(['family', 'name', 'handle'], ['flags', 'comment'])
  const words = flags?.several().map((flag) => flagIn(flag, name)) ?? []
  const options = {
    comment: comment?.text(),
    ...Object.fromEntries(words.map((word) => [word, true])),
  }
  return {
    table: item.making(() => new Table(family.word(families), name.text(), options)),
    handle: handle.large(),
    inside: [],
  }
}

function flagIn(flag: Item, { value: name }: Item): 'dormant' | 'owner' | 'persist' {
  return flag.value === name
    ? flag.fail('nft 1.0.6 writes the name of the table in place of its flags: read it with list() of this library')
    : flag.word(['dormant', 'owner', 'persist'])
}

/** A table as `list` has it. */
export function tableOf({ table, handle, inside }: TableItems, known: Known): ListedTable {
  const of = <K extends Inside>(...kinds: readonly K[]) =>
    inside.filter((one): one is { kind: K; item: Item } => (kinds as readonly string[]).includes(one.kind))
  const intervals = new Set(
    of(...setKinds).flatMap(({ item }) => (flagsOf(item).includes('interval') ? nameOf(item) : [])),
  )
  const scope = { ...known, isInterval: (name: string) => intervals.has(name) }
  const rules = of('rule').map(({ item }) => ruleIn(item, table, scope))
  const changing = rules.flatMap(({ body }) => body.filter((clause) => clause.kind === 'dynamic'))
  return Object.freeze({
    table,
    handle,
    chains: of('chain').map(({ item }) => {
      const { chain, handle } = chainIn(item, table)
      return Object.freeze({ chain, handle, rules: rules.filter((rule) => rule.chain === chain.name) })
    }),
    sets: of(...setKinds).map(({ kind, item }) => setIn(item, table, kind, changing, known)),
    objects: of(...objectKinds).map(({ kind, item }) =>
      kind === 'ct helper' ? helperIn(item, table) : objectIn(item, table, kind),
    ),
    others: [],
  })
}

const nameOf = (item: Item): string => item.some(['name']).name.text()
