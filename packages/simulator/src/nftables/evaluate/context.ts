import { errno } from '@nfkit/netlink-codec'
import { Refusal } from '../../netlink/refusal.ts'
import { placeOf } from '../state/registers.ts'
import type { NftTableState } from '../state/table.ts'
import type { EvaluateHost } from './host.ts'

/** Where an expression is compiled. */
export interface Context {
  readonly table: NftTableState
  readonly host: EvaluateHost
}

/** What must be there. Throws `Refusal`. */
export function needed<T>(value: T | undefined): T {
  if (value === undefined) throw new Refusal(errno.EINVAL)
  return value
}

/** Where a register starts that must be named. Throws `Refusal`. */
export const registerOf = (register: number | undefined): number => placeOf(needed(register))

/** What is not evaluated is refused, as by a kernel that does not know it. */
export function unknown(): never {
  throw new Refusal(errno.EOPNOTSUPP)
}
