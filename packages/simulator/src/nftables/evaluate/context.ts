import { errno } from '@nfkit/netlink-codec'
import type { ChangeHost } from '../change/host.ts'
import type { Draft } from '../change/draft.ts'
import { Refusal } from '../refusal.ts'
import type { NftChainState } from '../state/chain.ts'
import type { NftSetState } from '../state/set.ts'
import type { NftObjectState, NftTableState } from '../state/table.ts'
import { registerAt, type Written } from './registers.ts'

/** Where a rule is compiled, and what it turned out to refer to. */
export interface CompileContext {
  readonly table: NftTableState
  /** The chain of the rule; `undefined` for expressions of an element. */
  readonly chain: NftChainState | undefined
  readonly draft: Draft
  readonly host: ChangeHost
  readonly written: Written
  readonly sets: Set<NftSetState>
  readonly objects: Set<NftObjectState>
  readonly chains: Set<NftChainState>
}

/** A register that is read. Throws `Refusal`. */
export function reads({ written }: CompileContext, register: number | undefined, length: number): number {
  const at = registerAt(register, length)
  written.read(at, length)
  return at
}

/** A register that is written. Throws `Refusal`. */
export function writes({ written }: CompileContext, register: number | undefined, length: number): number {
  const at = registerAt(register, length)
  written.write(at, length)
  return at
}

/** A set by the caller's number in the transaction, or by name. Throws `Refusal`. */
export function setNamed(context: CompileContext, name: string | undefined, id: number | undefined): NftSetState {
  const { table, draft, sets } = context
  const set = (id === undefined ? undefined : draft.sets.get(id)) ?? table.sets.get(name ?? '')
  if (!set) throw new Refusal(errno.ENOENT)
  sets.add(set)
  return set
}

/** What must be there. Throws `Refusal`. */
export function needed<T>(value: T | undefined): T {
  if (value === undefined) throw new Refusal(errno.EINVAL)
  return value
}
