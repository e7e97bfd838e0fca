import { putU32 } from '@nfkit/netlink-codec'
import type { Expression, NftData } from '@nfkit/netlink-codec/nftables'
import type { Kind } from '../datatype/bytes.ts'
import type { DatatypeName } from '../datatype/datatype.ts'
import type { Member, Value } from '../datatype/value.ts'
import type { ObjectType } from '../statements/meter.ts'
import type { Verdict } from '../statements/verdict.ts'
import type { Family } from '../values/hook.ts'
import { Protocols } from './protocol.ts'

/** How this kernel is told to queue a packet: by its own expression or, where it was built without, by the target of iptables. */
export type QueueForm = 'expression' | 'target'

/** A set or map that belongs to one rule and has no name. */
export interface AnonymousSet {
  /** Its number in the transaction. */
  readonly id: number
  readonly key: readonly Kind[]
  readonly interval: boolean
  /** How far left its members lie in their bytes. */
  readonly shift?: number | undefined
  /** Of a map, what its values are. */
  readonly value?: DatatypeName | 'verdict' | undefined
  /** Of a map of objects, what these are: its values are their names. */
  readonly object?: ObjectType | undefined
  readonly members: readonly (readonly [Member, (Verdict | Value)?])[]
}

/** The name the kernel gives a set that has none. */
export const anonymous = '__set%d'
/** The name the kernel gives a map that has none. */
export const anonymousMap = '__map%d'

/** The name the kernel gives a map of objects that has none. */
export const anonymousObjects = '__objmap%d'

/** Where the steps of a rule gather while it is lowered. */
export class Steps {
  readonly family: Family
  readonly queue: QueueForm
  readonly protocols: Protocols
  readonly expressions: Expression[] = []
  readonly sets: AnonymousSet[] = []
  readonly #nextId: () => number

  /** `nextId` gives sets without a name their numbers in the transaction. */
  constructor(family: Family, queue: QueueForm, nextId: () => number) {
    this.family = family
    this.queue = queue
    this.protocols = new Protocols(family)
    this.#nextId = nextId
  }

  push(...expressions: readonly Expression[]): void {
    this.expressions.push(...expressions)
  }

  /** A set of this rule alone. Returns its number. */
  hold(set: Omit<AnonymousSet, 'id'>): number {
    const id = this.#nextId()
    this.sets.push({ id, ...set })
    return id
  }
}

/** The register that everything but a concatenation goes through. */
export const register = 1

/** What a register is compared with. */
export const data = (value: Uint8Array): NftData => ({ value })

/** A register must compare so with bytes. */
export const compared = (
  op: 'eq' | 'neq' | 'lt' | 'lte' | 'gt' | 'gte',
  value: Uint8Array,
  sreg = register,
): Expression => ({
  name: 'cmp',
  data: { sreg, op, data: data(value) },
})

/** `(register & mask) ^ xor`. */
export const masked = (mask: Uint8Array, xor: Uint8Array = new Uint8Array(mask.length), at = register): Expression => ({
  name: 'bitwise',
  data: { sreg: at, dreg: at, len: mask.length, op: 'maskXor', mask: data(mask), xor: data(xor) },
})

/** Bits of a register move so far to the right. */
export const moved = (length: number, by: number, at = register): Expression => ({
  name: 'bitwise',
  data: { sreg: at, dreg: at, len: length, op: 'rshift', data: data(hostBytes(by)) },
})

function hostBytes(number: number): Uint8Array {
  const bytes = new Uint8Array(4)
  putU32(bytes, 0, number)
  return bytes
}

/** A number in the machine's order is turned, so that its bytes compare as numbers do. */
export const turned = (length: number, at = register): Expression => ({
  name: 'byteorder',
  data: { sreg: at, dreg: at, op: 'hton', len: length, size: length },
})

/** A constant into a register. */
export const constant = (value: Uint8Array, dreg = register): Expression => ({
  name: 'immediate',
  data: { dreg, data: data(value) },
})
