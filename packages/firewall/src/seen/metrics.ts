import type { Instruments } from '@nfkit/netlink-transport/metrics'
import type { FirewallAnnouncer } from '../announcer.ts'
import type { FirewallStats } from '../judging/counts.ts'
import { type FirewallCensus, none } from './census.ts'
import type { Seen } from './rows.ts'

/** A firewall, as far as it is counted. */
export interface SeenFirewall extends FirewallAnnouncer {
  /** The label `firewall` of its numbers. */
  readonly name: string
  /** Under which policy connections are judged. */
  readonly epoch: number
  /** Resolves when there is nothing more to count. */
  readonly closed: Promise<void>
  /** What the program has counted. */
  stats(): FirewallStats
  /** What the kernel has counted. */
  census(): Promise<FirewallCensus>
}

/** The metrics of a program's firewalls. */
export interface FirewallMetrics {
  /**
   * Count what a firewall does, and observe how long its judge takes. For each export the kernel is asked for the connections that are alive, which costs a look
   * at all there are. Nothing happens when the firewall is counted already.
   */
  add(firewall: SeenFirewall): void
}

/** Metrics on the instruments of a program. */
export function firewallMetrics({ ledger, observerOf }: Instruments<Seen>): FirewallMetrics {
  const added = new WeakSet<SeenFirewall>()
  return {
    add(firewall) {
      if (added.has(firewall)) return
      added.add(firewall)
      const observe = observerOf(firewall.name)
      firewall.on('judged', ({ milliseconds }) => observe(milliseconds / 1_000))
      ledger.add(sourceOf(firewall), firewall.name)
    },
  }
}

const nothing: FirewallCensus = { cachedPackets: none(), cachedBytes: none(), alive: none() }

function sourceOf(firewall: SeenFirewall) {
  let last = nothing
  let isClosed = false
  firewall.closed.then(() => {
    isClosed = true
  })
  return {
    closed: firewall.closed,
    async stats(): Promise<Seen> {
      // A firewall that is closed has no socket to ask with, and no connection is its own.
      last = isClosed ? { ...last, alive: nothing.alive } : await firewall.census()
      return { ...firewall.stats(), ...last, epoch: firewall.epoch }
    },
  }
}
