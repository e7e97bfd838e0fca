import type { Rows, Table } from '@nfkit/netlink-codec'

/** What the kernel demands of one attribute's payload (struct nla_policy, include/net/netlink.h). */
export interface Demand {
  readonly kind:
    | 'u8'
    | 'u16'
    | 'u32'
    | 'host32'
    | 'u64'
    | 'unspecified'
    | 'nested'
    | 'binary'
    | 'string'
    | 'terminated'
    | 'reject'
  /** Bytes at least (unspecified) or at most (binary, string, terminated); 0 demands nothing. */
  readonly length: number
  /** The largest value, of a number in network byte order. */
  readonly max: number | undefined
  /** The bits that may be set. */
  readonly mask: number | undefined
}

const demand = (kind: Demand['kind'], length: number, max?: number, mask?: number): Demand => ({
  kind,
  length,
  max,
  mask,
})

export const u8: Demand = demand('u8', 1)
export const u16: Demand = demand('u16', 2)
export const u32: Demand = demand('u32', 4)
/** 32 bits in host order; all other numbers are in network order. */
export const host32: Demand = demand('host32', 4)
export const u64: Demand = demand('u64', 8)
export const nested: Demand = demand('nested', 0)
export const reject: Demand = demand('reject', 0)
/** Any payload of so many bytes or more. */
export const atLeast = (length: number): Demand => demand('unspecified', length)
export const binary = (length: number): Demand => demand('binary', length)
export const terminated = (length: number): Demand => demand('terminated', length)
/** A number up to `max`. */
export const upTo = (of: Demand, max: number): Demand => demand(of.kind, of.length, max)
/** A number without bits outside `mask`. */
export const within = (of: Demand, mask: number): Demand => demand(of.kind, of.length, undefined, mask)

/** Demands by attribute id, and the largest id there is: what is above is ignored. */
export interface Policy {
  readonly max: number
  readonly demands: readonly (Demand | undefined)[]
}

/** A policy over a table's rows; rows without a demand are accepted as they come. */
export function policy<R extends Rows>(
  table: Table<R>,
  demands: { readonly [K in keyof R]?: Demand },
  max?: number,
): Policy {
  const list: (Demand | undefined)[] = []
  for (const [key, one] of Object.entries(demands)) {
    const { id } = table.rows[key]!
    while (list.length <= id) list.push(undefined)
    list[id] = one as Demand
  }
  const largest = table.byId.length - 1
  return { max: max ?? largest, demands: list }
}
