import type { Masked } from '@nfkit/inet'
import type { HookName } from '../hooks/route.ts'

/** `prerouting` and so on with their usual tables; each table has one priority. */
export type TableName = 'raw' | 'mangle' | 'nat' | 'filter' | 'security'

/**
 * What an iptables or nft rule says, as data. All conditions given must hold; `queue` and `verdict` end the table for a packet,
 * and the other actions let it go on.
 */
export interface Rule {
  readonly hook: HookName
  /** `filter` by default. */
  readonly table?: TableName | undefined
  /** Where the table's chain stands among the functions of its hook point; its table's usual place by default. */
  readonly priority?: number | undefined
  /** `inet`, both IP families, by default. */
  readonly family?: 'inet' | 'ipv4' | 'ipv6' | 'bridge' | undefined

  readonly protocol?: 'tcp' | 'udp' | 'icmp' | 'icmpv6' | 'sctp' | number | undefined
  readonly sourcePort?: number | undefined
  readonly destinationPort?: number | undefined
  /** An address or a network: `10.0.0.0/8`. */
  readonly source?: string | undefined
  readonly destination?: string | undefined
  readonly indev?: string | undefined
  readonly outdev?: string | undefined
  readonly mark?: number | Masked | undefined
  readonly connmark?: number | Masked | undefined
  /** Number of a connection label that is set. */
  readonly label?: number | undefined
  /** Direction within its connection. */
  readonly direction?: 'original' | 'reply' | undefined
  readonly state?: 'new' | 'established' | 'related' | 'untracked' | 'invalid' | undefined

  readonly setMark?: number | Masked | undefined
  readonly setConnmark?: number | Masked | undefined
  /** Set a connection label, by number. */
  readonly setLabel?: number | undefined
  /** In `raw`: leave the packet out of connection tracking. */
  readonly notrack?: boolean | undefined
  /** In `nat`: the new source or destination, `9.9.9.9` or `9.9.9.9:777`, `[2001:db8::1]:777`. */
  readonly snat?: string | undefined
  readonly dnat?: string | undefined
  /** Name of the helper that shall follow the connection. */
  readonly helper?: string | undefined
  /** In `raw`: the zone its connection is in. */
  readonly zone?: number | undefined
  /** Name of the timeout policy the connection shall have. */
  readonly timeoutPolicy?: string | undefined

  readonly verdict?: 'accept' | 'drop' | undefined
  /** Number of a queue, or the first and how many. */
  readonly queue?: number | { readonly first: number; readonly count: number } | undefined
  /** How several queues share: by addresses (`balance`, the default), or by processor. */
  readonly fanout?: boolean | undefined
  /** Nobody listens: let the packet pass instead of dropping it. */
  readonly bypass?: boolean | undefined
}

/** A rule in place. */
export interface RuleHandle {
  readonly rule: Rule
  /** Packets it matched. */
  readonly matched: number
  /** Delete it: what waits in queues stays there. */
  remove(): void
}
