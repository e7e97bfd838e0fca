import type { Conntrack as Attributes } from '@nfkit/netlink-codec/conntrack'
import type { Conntrack } from './conntrack.ts'
import type { Settings } from './objects/settings.ts'
import { listed } from './table/attributes.ts'
import { describe } from './table/tuple/tuple.ts'

/** A tracked connection, for the eyes of a test: the attributes a dump would show, and a name for messages. */
export interface EntryView extends Attributes {
  /** `tcp 10.0.0.1:40000 > 10.0.0.2:22`. */
  readonly name: string
}

/** The table, without a socket. */
export class ConntrackView {
  /** net.netfilter.nf_conntrack_*. */
  readonly settings: Settings
  readonly #tracking: Conntrack

  constructor(tracking: Conntrack) {
    this.#tracking = tracking
    this.settings = tracking.settings
  }

  /** Entries in the table now, without expired ones. */
  get entries(): readonly EntryView[] {
    const { table, profile, clock } = this.#tracking
    const moment = { profile, uptime: clock.uptime }
    return Array.from(table.connections)
      .filter((connection) => !connection.expired(clock.uptime))
      .map((connection) => ({
        ...listed(connection, moment, 1 + connection.references),
        name: describe(connection.original),
      }))
  }

  /** Expectations that wait. */
  get expectations(): readonly string[] {
    return Array.from(this.#tracking.expectations.list, ({ tuple }) => describe(tuple))
  }
}
