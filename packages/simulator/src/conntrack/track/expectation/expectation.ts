import type { Connection } from '../../table/connection.ts'
import type { Tuple } from '../../table/tuple/tuple.ts'

/** A connection a helper expects (struct nf_conntrack_expect). */
export interface Expectation {
  readonly id: number
  readonly tuple: Tuple
  /** Set bits count: of the source address, and the source port. */
  readonly mask: Tuple
  readonly master: Connection
  readonly class: number
  readonly flags: number
  /** The helper the expected connection gets. */
  readonly helper: string | undefined
  readonly function: string | undefined
  readonly translation: { readonly direction: number; readonly tuple: Tuple } | undefined
  /** Uptime in milliseconds. */
  expires: number
  cancel: () => void
}
