import type { Masked } from '@nfkit/inet'
import type { HookName } from '../hooks/route.ts'
import type { LogAction } from '../log/action.ts'
import type { Rejection } from './rejection.ts'

/** `prerouting` and so on with their usual tables; each table has one priority. */
export type TableName = 'raw' | 'mangle' | 'nat' | 'filter' | 'security'

/**
 * What an iptables or nft rule says, as data. All conditions given must hold; `queue` and `verdict` end the table for a packet,
 * and the other actions let it go on.
 */
export interface Rule {
  /** The hook point the rule stands at. */
  readonly hook: HookName
  /** `filter` by default. */
  readonly table?: TableName | undefined
  /** Where the table's chain stands among the functions of its hook point; its table's usual place by default. */
  readonly priority?: number | undefined
  /** `inet`, both IP families, by default. */
  readonly family?: 'inet' | 'ipv4' | 'ipv6' | 'bridge' | undefined

  /** Layer-4 protocol, by name or number. */
  readonly protocol?: 'tcp' | 'udp' | 'icmp' | 'icmpv6' | 'sctp' | number | undefined
  /** Of protocols with ports. */
  readonly sourcePort?: number | undefined
  /** Of protocols with ports. */
  readonly destinationPort?: number | undefined
  /** An address or a network: `10.0.0.0/8`. */
  readonly source?: string | undefined
  /** The same of the destination. */
  readonly destination?: string | undefined
  /** Name of the interface the packet came in on. */
  readonly indev?: string | undefined
  /** Name of the interface the packet leaves by. */
  readonly outdev?: string | undefined
  /** Packet mark, or some bits of it. */
  readonly mark?: number | Masked | undefined
  /** Mark of the packet's connection, or some bits of it. */
  readonly connmark?: number | Masked | undefined
  /** Number of a connection label that is set. */
  readonly label?: number | undefined
  /** Direction within its connection. */
  readonly direction?: 'original' | 'reply' | undefined
  /** State of the packet's connection, as the `conntrack` match has it. */
  readonly state?: 'new' | 'established' | 'related' | 'untracked' | 'invalid' | undefined

  /** Set the packet mark, or some bits of it. */
  readonly setMark?: number | Masked | undefined
  /** Set the mark of the packet's connection, or some bits of it. */
  readonly setConnmark?: number | Masked | undefined
  /** Set a connection label, by number. */
  readonly setLabel?: number | undefined
  /** In `raw`: leave the packet out of connection tracking. */
  readonly notrack?: boolean | undefined
  /** In `nat`: the new source or destination, `9.9.9.9` or `9.9.9.9:777`, `[2001:db8::1]:777`. */
  readonly snat?: string | undefined
  /** The same of the destination. */
  readonly dnat?: string | undefined
  /** Name of the helper that follows the connection. */
  readonly helper?: string | undefined
  /** In `raw`: the zone its connection is in. */
  readonly zone?: number | undefined
  /** Name of the timeout policy the connection gets. */
  readonly timeoutPolicy?: string | undefined

  /** Copy the packet to a log group, where a program reads it (NFLOG); the packet goes on. */
  readonly log?: LogAction | undefined

  /** End the table for the packet with this verdict. `reject` drops it and answers its sender: see `rejectWith`. */
  readonly verdict?: 'accept' | 'drop' | 'reject' | undefined
  /**
   * What the sender of a rejected packet gets: an ICMP error, `port` unreachable by default, or in a rule for TCP a `tcp reset`. The hooks
   * are those of the target REJECT, and `prerouting`.
   */
  readonly rejectWith?: Rejection | undefined
  /** Number of a queue, or the first and how many. */
  readonly queue?: number | { readonly first: number; readonly count: number } | undefined
  /** How several queues share: by addresses (`balance`, the default), or by processor. */
  readonly fanout?: boolean | undefined
  /** While no program listens to the queue, let the packet pass instead of dropping it. */
  readonly bypass?: boolean | undefined
}

/** A rule in place. */
export interface RuleHandle {
  /** The rule as it was added. */
  readonly rule: Rule
  /** Packets it matched. */
  readonly matched: number
  /** Delete it: what waits in queues stays there. */
  remove(): void
}
