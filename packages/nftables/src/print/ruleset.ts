import type { ListedChain, ListedTable, Listing, Other } from '../reading/listing.ts'
import type { Chain } from '../values/chain.ts'
import type { NamedObject } from '../values/object.ts'
import type { Table } from '../values/table.ts'
import { printBytes, printRate } from './meter.ts'
import { printRule } from './rule.ts'
import { setLines } from './set.ts'
import { commented, objectWords, quoted } from './text.ts'

/**
 * A ruleset in nft's language, as `nft list ruleset` writes it and `nft -f` reads it. What has no words is written so that nft refuses it.
 */
export const printRuleset = ({ tables }: Listing): string => tables.map(printTable).join('\n')

/** A table in nft's language, with everything in it. */
export function printTable({ table, sets, objects, chains, others }: ListedTable): string {
  const blocks = [
    ...objects.map(({ object }) => objectLines(object)),
    ...sets.map(({ set, elements }) => setLines(set, elements)),
    ...others.map(otherLines),
    ...chains.map(chainLines),
  ]
  const lines = [...tableLines(table), ...blocks.flatMap((block, i) => (i === 0 ? block : ['', ...block]))]
  return `table ${table.family} ${table.name} {\n${lines.map((line) => (line === '' ? '\n' : `\t${line}\n`)).join('')}}\n`
}

/** What stands in the block of a table before all else. */
export function tableLines({ owner, persist, dormant, comment }: Table): readonly string[] {
  const flags = Object.entries({ dormant, owner, persist }).flatMap(([flag, is]) => (is ? [flag] : []))
  return [...(flags.length === 0 ? [] : [`flags ${flags.join(',')}`]), ...commented(comment)]
}

function chainLines({ chain, rules }: ListedChain): readonly string[] {
  const inside = [...baseLines(chain), ...commented(chain.comment), ...rules.map(printRule)]
  return [`chain ${chain.name} {`, ...inside.map((line) => `\t${line}`), '}']
}

/** What makes a chain a base chain. */
export function baseLines({ base }: Chain): readonly string[] {
  if (base === undefined) return []
  const { type, hook, device, priority, policy } = base
  return [
    `type ${type} hook ${hook}${device === undefined ? '' : ` device ${quoted(device)}`} priority ${priority}; policy ${policy};`,
  ]
}

/** The lines of an object, as they stand in the block of a table. */
export function objectLines({ type, name, state }: NamedObject): readonly string[] {
  return [`${objectWords[type]} ${name} {`, ...stateLines(state).map((line) => `\t${line}`), '}']
}

function stateLines(state: NamedObject['state']): readonly string[] {
  switch (state.kind) {
    case 'counter':
      return [`packets ${state.packets ?? 0n} bytes ${state.bytes ?? 0n}`]
    case 'quota':
      return [printBytes(state)]
    case 'limit':
      return [printRate(state)]
    case 'ctHelper':
      return [`type ${quoted(state.helper)} protocol ${state.protocol};`, `l3proto ${state.family}`]
    default:
      return state satisfies never
  }
}

/** What has no value here is written so that nft refuses it: a table without it would be another one. */
function otherLines({ kind, attributes }: Other): readonly string[] {
  const name = 'set' in attributes ? attributes.set : (attributes as { readonly name?: string }).name
  return [`# this ${kind} has no value in @nfkit/nftables`, `expression ${kind} ${quoted(name ?? '')}`]
}
