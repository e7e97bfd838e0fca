import type { Rows, Table, Type } from '@nfkit/netlink-codec'

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

/** Demands by attribute id, and the largest id there is: attributes above it are ignored. */
export interface Policy {
  readonly max: number
  readonly demands: readonly (Demand | undefined)[]
  /** A 0 for each id: where attributes are of which none is there. */
  readonly absent: readonly number[]
}

/** In place of a demand: any payload will do; or what the row's type demands. */
export const anything = 'anything'
export const typed = 'typed'

type Wanted<R extends Rows> = { readonly [K in keyof R]?: Demand | typeof anything | typeof typed }

/** A policy of these demands, by id. */
export const policyWith = (demands: readonly (Demand | undefined)[], max = demands.length - 1): Policy => ({
  max,
  demands,
  absent: new Array<number>(max + 1).fill(0),
})

/** A policy over the rows that are given; the others are accepted as they come. `max` is that of the table by default. */
export function policy<R extends Rows>(table: Table<R>, wanted: Wanted<R>, max = table.byId.length - 1): Policy {
  const demands: (Demand | undefined)[] = new Array(table.byId.length).fill(undefined)
  for (const [key, one] of Object.entries(wanted) as [string, Wanted<R>[string]][]) {
    const { id, type } = table.rows[key]!
    if (one !== anything) demands[id] = one === typed ? demandOf(type) : one
  }
  return policyWith(demands, max)
}

/** A policy that demands of every row what its type does, but for the `exceptions`. */
export function policyOf<R extends Rows>(table: Table<R>, exceptions: Wanted<R> = {}, max?: number): Policy {
  const all = Object.fromEntries(Object.keys(table.rows).map((key) => [key, typed]))
  return policy(table, { ...all, ...exceptions } as Wanted<R>, max)
}

/** What kernels demand of a type's payload: numbers and structs of enough bytes, text that ends within its limit, NUL included. */
function demandOf({ kind, size, limit, number }: Type<unknown>): Demand | undefined {
  switch (kind) {
    case 'u8':
      return u8
    case 'be16':
      return u16
    case 'be32':
    case 'sbe32':
      return u32
    case 'word':
      return demandOf(number!)
    case 'u32':
      return host32
    case 'be64':
    case 'u64':
      return u64
    case 'nest':
    case 'list':
      return nested
    case 'text':
      return terminated(limit < 0x1000 ? limit - 1 : 0)
    case 'struct':
      return atLeast(size)
    case 'bytes':
      // An IPv4 address is a number to them.
      return size === 4 ? u32 : size > 0 ? atLeast(size) : undefined
    default:
      return kind satisfies never
  }
}
