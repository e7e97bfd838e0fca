import type { ListedFirewall } from '@nfkit/firewall'
import type { QueueStatus } from '@nfkit/nfqueue'
import type { ListedRuleset, TracedPath } from '@nfkit/nftables'
import type { Feeder } from './feeder.ts'
import type { TracedHeader } from './header.ts'
import type { Host } from './host.ts'

/** Why packets go the way they go. */
export interface Cause {
  /** One word or two, for programs. */
  readonly cause: string
  readonly text: string
  /** What to do about it. */
  readonly fix: string
}

/** What is known of one packet, and of the host it went through. */
export interface Evidence {
  readonly path: TracedPath
  readonly header: TracedHeader
  readonly ruleset: ListedRuleset
  /** Firewalls of @nfkit/firewall. */
  readonly firewalls: readonly ListedFirewall[]
  /** Rules that hand packets to queues, but those of these firewalls. */
  readonly feeders: readonly Feeder[]
  /** The queues, before the trace and now. */
  readonly queuesBefore: readonly QueueStatus[]
  readonly queues: readonly QueueStatus[]
  readonly host: Host
}

export const cause = (name: string, text: string, fix: string): Cause => ({ cause: name, text, fix })
