import type { Message } from '@nfkit/netlink-codec'
import { netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { type NftTrace, type NftVerdict, nftMessage, nftTrace } from '@nfkit/netlink-codec/nftables'
import { verdictOf } from '../raising/actions/verdict.ts'
import { attributesOf } from '../reading/snapshot.ts'
import { accept, drop, type Verdict } from '../statements/verdict.ts'
import type { BaseChain } from '../values/chain.ts'
import { type Family, familyName } from '../values/hook.ts'
import type { Rule } from '../values/rule.ts'

/** A packet that a rule marked with `meta nftrace set 1`, and its way through chains so far. It grows with each step that is told. */
export interface TracedPacket {
  /**
   * The same for all chains and hooks, over a queue, too; another one when the packet is received again, as over `lo`. The next packet of the
   * same connection may have the same: the kernel makes it of where the packet lies in memory (trace_fill_id, net/netfilter/nf_tables_trace.c).
   */
  readonly id: number
  /** First bytes of its link-layer header, as the latest base chain saw it: up to 20, where packets come in. */
  readonly linkHeader?: Uint8Array
  /** First bytes of its network header: up to 40. */
  readonly networkHeader?: Uint8Array
  /** First bytes of its transport header: up to 20. */
  readonly transportHeader?: Uint8Array
  /** Index of the interface it came in by. */
  readonly inputInterface?: number
  /** Index of the interface it goes out by. */
  readonly outputInterface?: number
  /** Its mark, as the latest base chain saw it. */
  readonly mark: number
  /** Its steps, the first 4,096. */
  readonly steps: readonly TraceStep[]
}

/** One step of a traced packet: a rule that it met, the end of a chain, or the policy of a base chain. Rules that it does not meet are not told of. */
export interface TraceStep {
  /** It met a rule, the end of a chain, or the policy of a base chain. */
  readonly kind: 'rule' | 'return' | 'policy'
  /** Family of the table. */
  readonly family: Family
  /** Name of the table. */
  readonly table: string
  /** Name of the chain. */
  readonly chain: string
  /** The kernel's number of the rule. */
  readonly handle?: bigint
  /** The rule, where it is still there to be read. */
  readonly rule?: Rule
  /** Where the kernel gives packets to the chain, of a base chain that is still there to be read. */
  readonly base?: BaseChain
  /** `continue` for a rule without a verdict, and at the end of a chain. */
  readonly verdict?: TraceVerdict
}

/** A verdict of a rule or policy. What a program does with a queued packet is not told: accepted, it goes on in the next base chain. */
export type TraceVerdict =
  | Verdict
  /** It goes to the program behind a queue of this number. */
  | { readonly kind: 'queue'; readonly queue: number }

/** A step as the kernel tells it. */
export interface Heard {
  readonly attributes: NftTrace
  readonly family: Family
}

/** What a message tells of a traced packet; `undefined` when it is about something else. Throws `DecodeError`. */
export function heard(message: Message): Heard | undefined {
  if (message.type !== nftMessage.trace.type) return undefined
  const family = familyName(netfilterOf(message).family)
  return family && { family, attributes: attributesOf(message, nftTrace) }
}

/** What a rule is found by. */
export const ruleKey = (family: Family, table: string | undefined, handle: bigint): string =>
  `${family} ${table} ${handle}`

/** What a chain is found by. */
export const chainKey = (family: Family, table: string | undefined, chain: string | undefined): string =>
  `${family} ${table} ${chain}`

/** The ruleset, as steps refer to it. */
export interface Known {
  /** By `ruleKey`. */
  readonly rules: ReadonlyMap<string, Rule>
  /** By `chainKey`. */
  readonly chains: ReadonlyMap<string, BaseChain | undefined>
}

/** A step as this package tells it. */
export function stepOf({ family, attributes }: Heard, { rules, chains }: Known): TraceStep {
  const { table = '', chain = '', ruleHandle: handle, type, verdict, policy } = attributes
  const rule = handle === undefined ? undefined : rules.get(ruleKey(family, table, handle))
  const base = chains.get(chainKey(family, table, chain))
  // The end of a chain is of the type rule since Linux 6.12, but has none.
  const kind = type === 'policy' ? 'policy' : handle === undefined ? 'return' : 'rule'
  const said = kind === 'policy' ? (policy === 'drop' ? drop() : accept()) : verdict && toldVerdict(verdict)
  return Object.freeze({
    kind,
    family,
    table,
    chain,
    ...(handle === undefined ? {} : { handle }),
    ...(rule === undefined ? {} : { rule }),
    ...(base === undefined ? {} : { base }),
    ...(said === undefined ? {} : { verdict: said }),
  })
}

/** `NF_QUEUE` is 3; the number of the queue is above it. */
function toldVerdict(verdict: NftVerdict): TraceVerdict | undefined {
  const { code } = verdict
  if (typeof code === 'number' && (code & 0xff) === 3) return Object.freeze({ kind: 'queue', queue: code >>> 16 })
  return verdictOf(verdict)
}
