import { errno, messageFlags } from '@nfkit/netlink-codec'
import { conntrack, conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage, group } from '@nfkit/netlink-codec/nfnetlink'
import type { Clock } from '../../clock.ts'
import type { Profile } from '../../profile.ts'
import type { Sockets } from '../../socket/sockets.ts'
import type { Settings } from '../objects/settings.ts'
import { changed } from './attributes.ts'
import { change } from './change.ts'
import type { Connection } from './connection.ts'

/** The socket that asked for a change: events carry its port id, and come back to it when it asked for an echo. */
export interface Cause {
  readonly portId: number
  readonly echo: boolean
}

/** The cause of changes that no socket asked for: traffic and timeouts. */
export const nobody: Cause = { portId: 0, echo: false }

/** Tells listeners what changed (net/netfilter/nf_conntrack_ecache.c, ctnetlink_conntrack_event). */
export class Events {
  readonly #sockets: Sockets
  readonly #profile: Profile
  readonly #clock: Clock
  readonly #settings: Settings

  constructor(sockets: Sockets, profile: Profile, clock: Clock, settings: Settings) {
    this.#sockets = sockets
    this.#profile = profile
    this.#clock = clock
    this.#settings = settings
  }

  /** Whether connections made now will tell; sockets that listen to expectations count as well (nfnetlink_bind). */
  get wanted(): boolean {
    const { events } = this.#settings
    if (events !== 2) return events === 1
    for (let one: number = group.conntrackNew; one <= group.conntrackExpDestroy; one++)
      if (this.#sockets.hasListeners(one)) return true
    return false
  }

  /** Remember a change for the packet's one event. */
  note(connection: Connection, changes: number): void {
    if (connection.events) connection.events.changes |= changes
  }

  /** Tell what the packet changed. */
  deliverNoted(connection: Connection): void {
    const { events } = connection
    if (!events) return
    const { changes } = events
    events.changes = 0
    if (changes !== 0 || events.missed !== 0) this.tell(connection, changes, nobody)
  }

  /** Tell at once, with what was missed before. False when a listener that insists on it did not get it. */
  tell(connection: Connection, changes: number, cause: Cause): boolean {
    const { events } = connection
    if (!events || !connection.confirmed) return true
    const destroyed = (changes & change.destroy) !== 0
    const all = destroyed ? changes : changes | events.missed
    const failed = this.#send(connection, all, cause) !== 0
    if (failed) events.missed |= changes
    else events.missed = 0
    return !failed
  }

  #send(connection: Connection, changes: number, cause: Cause): number {
    const destroyed = (changes & change.destroy) !== 0
    const made = (changes & (change.new | change.related)) !== 0
    if (changes === 0) return 0
    const to = destroyed ? group.conntrackDestroy : made ? group.conntrackNew : group.conntrackUpdate
    if (!cause.echo && !this.#sockets.hasListeners(to)) return 0
    const stamped = this.#profile.eventTimestamp && connection.start !== undefined
    const message = encodeMessage(
      {
        type: destroyed ? conntrackMessage.delete.type : conntrackMessage.new.type,
        flags: made && !destroyed ? messageFlags.create | messageFlags.exclusive : 0,
        portId: cause.portId,
        family: connection.original.family,
      },
      conntrack,
      changed(
        connection,
        changes,
        { profile: this.#profile, uptime: this.#clock.uptime },
        stamped ? this.#clock.wall : undefined,
      ),
    )
    return publish(this.#sockets, to, message, cause)
  }
}

/** Multicast, and echo to who asked for it (nlmsg_notify): 0, or an errno when it did not arrive where it must. */
export function publish(sockets: Sockets, to: number, message: Uint8Array, cause: Cause): number {
  const lost = sockets.multicast(to, message, cause.echo ? cause.portId : 0)
  if (!cause.echo) return lost
  const failed = sockets.unicast(cause.portId, message)
  return lost || (failed === errno.ENOBUFS ? failed : 0)
}
