import type { nftChain, nftElements, nftFlowtable, nftObject, nftRule, nftSet } from '@nfkit/netlink-codec/nftables'
import type { NftTableState } from '../state/table.ts'
import type { Draft } from './draft.ts'
import type { NftRequest } from './request.ts'

/** Messages about something in a table. */
type Inside = typeof nftChain | typeof nftElements | typeof nftFlowtable | typeof nftObject | typeof nftRule | typeof nftSet

/** All tables of a namespace, by family and name, and how often they were changed. */
export class NftTables {
  readonly all = new Map<string, NftTableState>()
  generation = 1
  #lastHandle = 0n

  nextHandle(): bigint {
    this.#lastHandle += 1n
    return this.#lastHandle
  }

  at(family: number, name: string): NftTableState | undefined {
    return this.all.get(tableKey(family, name))
  }

  /** Every commit that changes something counts; 0 is left out. */
  advance(): void {
    this.generation = (this.generation + 1) >>> 0 || 1
  }
}

export const tableKey = (family: number, name: string): string => `${family} ${name}`

/** The table a message is about, which the sender may change. Throws `Refusal`. */
export function tableOf(tables: NftTables, request: NftRequest<Inside>, draft: Draft): NftTableState {
  const table = tables.at(request.family, request.name('table'))
  if (!table) return request.refuse('ENOENT', 'table')
  if (table.owner !== 0 && table.owner !== draft.portId) return request.refuse('EPERM', 'table')
  return table
}
