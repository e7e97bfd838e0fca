import type { Expression } from '@nfkit/netlink-codec/nftables'

/** An expression of the kernel that has no words here: read from a rule, and written back as it is. */
export interface Verbatim {
  /** Tells it from other statements. */
  readonly kind: 'expression'
  /** The expression, as the codec has it. */
  readonly expression: Expression
}
