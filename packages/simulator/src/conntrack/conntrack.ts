import { messageFlags } from '@nfkit/netlink-codec'
import { status } from '@nfkit/netlink-codec/conntrack'
import type { Clock } from '../clock.ts'
import type { Request } from '../netlink/request.ts'
import type { Profile } from '../profile.ts'
import type { Random } from '../random.ts'
import type { Sockets } from '../socket/sockets.ts'
import { defaultTimeouts, type Timeouts } from './objects/default-timeouts.ts'
import { type Helper, kernelHelpers } from './objects/helper.ts'
import { InUse } from './objects/in-use.ts'
import { NatInUse } from './objects/nat-in-use.ts'
import { defaultSettings, type Settings } from './objects/settings.ts'
import type { TimeoutObject } from './objects/timeout-object.ts'
import type { Connection } from './table/connection.ts'
import { type Cause, Events, nobody } from './table/events.ts'
import { ConntrackTable } from './table/table.ts'
import type { Template } from './table/template.ts'
import type { Tuple } from './table/tuple/tuple.ts'
import { ExpectationTable } from './track/expectation/table.ts'
import { Tracker } from './track/tracker.ts'
import type { Tracking } from './track/tracking.ts'

/** Connection tracking of one network namespace, put together. */
export class Conntrack implements Tracking {
  readonly profile: Profile
  readonly clock: Clock
  readonly random: Random
  readonly settings: Settings = defaultSettings()
  readonly events: Events
  readonly table: ConntrackTable
  readonly expectations: ExpectationTable
  readonly tracker: Tracker
  /** Default timeouts by layer-4 protocol. */
  readonly timeouts: Map<number, number[]>
  /** Named timeout policies. */
  readonly timeoutObjects = new Map<string, TimeoutObject>()
  /** Helpers: the kernel's own, and those of user space. */
  readonly helpers: Helper[] = [...kernelHelpers]
  readonly nobody: Cause = nobody
  /** Whether rules set or look at labels, so that new connections get room for them; and whether any translates addresses. */
  readonly labels = new InUse()
  readonly nat = new NatInUse()

  constructor(profile: Profile, clock: Clock, random: Random, sockets: Sockets) {
    this.profile = profile
    this.clock = clock
    this.random = random
    this.events = new Events(sockets, profile, clock, this.settings)
    this.table = new ConntrackTable(clock, this.events, this.settings, random, this.labels)
    this.expectations = new ExpectationTable(clock, sockets, this.settings, this.table.statistics)
    this.tracker = new Tracker(this)
    this.timeouts = defaultTimeouts(profile)
    this.table.onRemoved = (connection) => {
      this.expectations.removeOf(connection)
      if (connection.master) connection.master.references--
    }
  }

  causeOf({ portId, flags }: Request): Cause {
    return { portId, echo: (flags & messageFlags.echo) !== 0 }
  }

  /** The helper of a name for connections like this. */
  helperFor(name: string, tuple: Tuple): Helper | undefined {
    return this.helpers.find(
      (one) => one.name === name && one.protocol === tuple.protocol && one.families.includes(tuple.family),
    )
  }

  /** What a rule gives a new connection: a helper, a timeout policy. */
  applyTemplate(connection: Connection, { helper: name, timeoutPolicy }: Template): void {
    const helper = name === undefined ? undefined : this.helperFor(name, connection.original)
    if (helper) {
      connection.help = { helper, info: helper.privateLength ? new Uint8Array(helper.privateLength) : undefined }
      connection.status |= status.helper
    }
    const policy = timeoutPolicy === undefined ? undefined : this.timeoutObjects.get(timeoutPolicy)
    if (policy && policy.l4proto === connection.original.protocol)
      connection.timeouts = policy.timeouts satisfies Timeouts
  }
}
