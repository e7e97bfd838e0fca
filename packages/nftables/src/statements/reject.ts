import { EncodeError } from '@nfkit/netlink-codec'
import { nearest } from '@nfkit/netlink-transport'
import { icmpCode, icmpv6Code, icmpxCode } from '../datatype/symbol.ts'

/** Drops the packet, and tells who sent it. */
export interface Reject {
  /** Tells it from other statements. */
  readonly kind: 'reject'
  /** What is told, in nft's words. */
  readonly with: RejectAnswer
}

/** What the sender is told. `icmpx` is the ICMP of the packet's own family. */
export type RejectAnswer =
  | 'tcp reset'
  | `icmp ${keyof typeof icmpCode}`
  | `icmpv6 ${keyof typeof icmpv6Code}`
  | `icmpx ${keyof typeof icmpxCode}`

/** The codes of each kind of answer. */
export const rejectCodes = { icmp: icmpCode, icmpv6: icmpv6Code, icmpx: icmpxCode } as const

const answers: readonly string[] = [
  'tcp reset',
  ...Object.entries(rejectCodes).flatMap(([kind, codes]) => Object.keys(codes).map((code) => `${kind} ${code}`)),
]

/**
 * Drop the packet, and answer it: that the port cannot be reached, by default. A `tcp reset` answers TCP packets alone. Throws
 * `EncodeError` for an answer the kernel does not have.
 */
export function reject(answer: RejectAnswer = 'icmpx port-unreachable'): Reject {
  if (answers.includes(answer)) return Object.freeze({ kind: 'reject', with: answer })
  const near = nearest(String(answer), answers)
  throw new EncodeError(
    'reject',
    `there is no answer "${answer}"${near ? `: did you mean "${near}"?` : `; there are ${answers.join(', ')}`}`,
  )
}
