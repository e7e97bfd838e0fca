import { errno } from '@nfkit/netlink-codec'
import { status } from '@nfkit/netlink-codec/conntrack'
import type { Clock } from '../../clock.ts'
import { Waiting } from '../../hooks/waiting.ts'
import type { Random } from '../../random.ts'
import type { InUse } from '../objects/in-use.ts'
import type { Settings } from '../objects/settings.ts'
import { ByTuple, type Match } from './by-tuple.ts'
import { change } from './change.ts'
import { type Collected, Collector } from './collector.ts'
import { Connection, natClash } from './connection.ts'
import { Dying } from './dying.ts'
import { type Cause, type Events, nobody } from './events.ts'
import { Statistics } from './statistics.ts'
import { sameTuple, type Tuple } from './tuple/tuple.ts'
import { type Zone, zoneOf } from './zone.ts'

const halfMilliseconds = 1000

/** The connection tracking table of one network namespace (net/netfilter/nf_conntrack_core.c). */
export class ConntrackTable implements Collected {
  readonly statistics: Statistics
  readonly #dying: Dying
  /** Called when a connection left the table. */
  onRemoved: (connection: Connection) => void = () => {}
  readonly #byTuple = new ByTuple()
  readonly #connections = new Set<Connection>()
  readonly #halves = new Set<Connection>()
  readonly #clock: Clock
  readonly #events: Events
  readonly #settings: Settings
  readonly #random: Random
  readonly #labels: InUse
  readonly #collector: Collector

  constructor(clock: Clock, events: Events, settings: Settings, random: Random, labels: InUse) {
    this.#clock = clock
    this.#events = events
    this.#settings = settings
    this.#random = random
    this.#labels = labels
    this.statistics = new Statistics()
    this.#dying = new Dying(clock, events)
    this.#collector = new Collector(clock, this)
  }

  /** What dumps show. */
  get connections(): ReadonlySet<Connection> {
    return this.#connections
  }

  /** Those that are in by their reply direction alone as well. */
  get all(): readonly Connection[] {
    return [...this.#connections, ...this.#halves]
  }

  /** Those of packets that wait, which are not in the table yet. */
  readonly unconfirmed = new Waiting<Connection, Connection>()

  /** Deleted, but not told of yet. */
  get dying(): ReadonlySet<Connection> {
    return this.#dying.connections
  }

  /** Entries, dying ones and those of waiting packets included. */
  get count(): number {
    return this.#connections.size + this.#halves.size + this.dying.size + this.unconfirmed.size
  }

  /** Whether anything in it will expire. */
  get isInUse(): boolean {
    return this.count > this.dying.size
  }

  expire(connection: Connection): void {
    this.delete(connection, nobody)
  }

  /** The entry a tuple belongs to, in either direction. An expired one is removed instead. */
  find(tuple: Tuple, zone: Zone): Match | undefined {
    const match = this.#lookUp(tuple, zone)
    if (!match) return undefined
    if (!match.connection.expired(this.#clock.uptime)) return match
    this.expire(match.connection)
    return undefined
  }

  #lookUp(tuple: Tuple, zone: Zone): Match | undefined {
    const match = this.#byTuple.get(tuple, zoneOf(zone, false))
    if (zone.direction === 'both') return match
    if (match && !match.reply) return match
    const other = this.#byTuple.get(tuple, zoneOf(zone, true))
    return other?.reply ? other : undefined
  }

  /** An entry for two tuples, not in the table yet; `undefined` when it is full. `reply` is absent where it mirrors the original. */
  create(original: Tuple, reply: Tuple | undefined, zone: Zone): Connection | undefined {
    if (this.count >= this.#settings.max && !this.#dropEarly()) return undefined
    return new Connection(this.#random(), original, reply, zone)
  }

  /** Evict a connection that is not assured, the oldest there is. */
  #dropEarly(): boolean {
    for (const connection of this.#connections) {
      if (connection.has(status.assured)) continue
      this.statistics.earlyDrop++
      return this.delete(connection, nobody)
    }
    return false
  }

  /** Give a new connection the extensions the settings ask for. */
  extend(connection: Connection): void {
    const { acct, timestamp, labels } = this.#settings
    if (acct)
      connection.counters = [
        { packets: 0n, bytes: 0n },
        { packets: 0n, bytes: 0n },
      ]
    if (timestamp) connection.start = 0n
    if (labels || this.#labels.any) connection.labels = new Uint8Array(16)
    if (this.#events.wanted) connection.events = { changes: 0, missed: 0, portId: 0 }
  }

  /** Whether a tuple of the connection is taken. */
  clash({ original, reply, zone }: Connection): Match | undefined {
    return this.#byTuple.get(original, zoneOf(zone, false)) ?? this.#byTuple.get(reply, zoneOf(zone, true))
  }

  /** Put a connection in. `expires` is counted from now. `EEXIST` when a tuple of it is taken. */
  insert(connection: Connection): number {
    if (this.clash(connection)) return errno.EEXIST
    this.enter(connection)
    return 0
  }

  /** The same, where no tuple of it is taken. */
  enter(connection: Connection): void {
    connection.expires += this.#clock.uptime
    this.#byTuple.set(connection, false)
    this.#connections.add(connection)
    this.#confirm(connection)
  }

  /**
   * Put a connection in by its reply direction alone, for a second: its original tuple is another one's, which its next packets belong to
   * (nf_ct_resolve_clash_harder). No dump shows it.
   */
  insertHalf(connection: Connection): void {
    connection.expires = this.#clock.uptime + halfMilliseconds
    connection.status |= status.fixedTimeout | natClash
    this.#halves.add(connection)
    this.#confirm(connection)
  }

  #confirm(connection: Connection): void {
    connection.status |= status.confirmed
    if (connection.start !== undefined) connection.start = this.#clock.wall
    this.#byTuple.set(connection, true)
    this.#collector.start()
  }

  /** The entry whose replies look the same. */
  answeredAlike({ reply, zone }: Connection): Connection | undefined {
    return this.#byTuple.get(reply, zoneOf(zone, true))?.connection
  }

  /** The other connection that has a tuple, which replies to this one are to have. Not one that has begun alike: they are the same. */
  owner(tuple: Tuple, { original, zone }: Connection): Connection | undefined {
    const other = this.#byTuple.get(tuple, zoneOf(zone, true))?.connection
    return other && !sameTuple(other.original, original) ? other : undefined
  }

  /** Take a connection out and tell so. False when it was on its way out, or its event must be retried. */
  delete(connection: Connection, cause: Cause): boolean {
    if (connection.has(status.dying)) return false
    connection.status |= status.dying
    if (connection.start !== undefined) {
      const { uptime } = this.#clock
      connection.stop = connection.expires < uptime ? this.#clock.wallAt(connection.expires) : this.#clock.wall
    }
    const told = this.#events.tell(connection, change.destroy, cause)
    this.#remove(connection)
    if (!told) this.#dying.add(connection, cause.portId)
    this.onRemoved(connection)
    return told
  }

  #remove(connection: Connection): void {
    if (this.#connections.delete(connection)) this.#byTuple.delete(connection, false)
    else if (!this.#halves.delete(connection)) return
    this.#byTuple.delete(connection, true)
  }
}
