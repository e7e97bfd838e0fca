import { ipProtocol } from '@nfkit/inet'
import type { IpPacket } from '@nfkit/ip-codec'
import type { TcpConnection } from '../connection/connection.ts'
import type { Surroundings } from '../connection/surroundings.ts'
import { mayBeTcp } from '../fragments/fragment.ts'
import { Joined } from '../fragments/joined.ts'
import { Reassembly } from '../fragments/reassembly.ts'
import type { StreamPacket } from '../packet.ts'
import { Counts, type TrackerCounts } from './counts.ts'
import { Follower } from './follower.ts'
import { judge } from './judgment.ts'
import { type Settings, settingsOf, type TrackerOptions } from './options.ts'
import { translateQuoted } from './quoted.ts'
import { surroundingsOf } from './surroundings.ts'
import { Table } from './table.ts'

/**
 * Follows the TCP connections whose packets it is given, and judges those packets: each once, unless it is left to its queue. It has no
 * sockets, and no clock but the one it is given. Throws `TypeError` or `RangeError` for options that cannot be.
 *
 * @example
 * import { openMnl } from '@nfkit/mnl-native'
 * import { openQueue } from '@nfkit/nfqueue'
 * import { Tracker } from '@nfkit/streams'
 *
 * const tracker = new Tracker({
 *   judge: (connection) => connection.holdUntil(({ bytes }) => (bytes.length < 3 ? undefined : 'accept')),
 * })
 * const queue = await openQueue(openMnl(), { number: 0 })
 * await queue.run(tracker.handler)
 */
export class Tracker {
  /** `push`, for a queue's `run`: `queue.run(tracker.handler)`. */
  readonly handler = (packet: StreamPacket): Promise<void> | undefined => this.push(packet)
  readonly #settings: Settings
  readonly #counts = new Counts()
  readonly #surroundings: Surroundings
  readonly #table: Table
  readonly #follower: Follower
  readonly #fragments: Reassembly

  constructor(options: TrackerOptions) {
    const settings = settingsOf(options)
    this.#settings = settings
    this.#surroundings = surroundingsOf(settings, this.#counts.holds)
    const silence = {
      opening: settings.openingMilliseconds,
      oneSided: settings.idleMilliseconds,
      open: settings.idleMilliseconds,
      keeping: settings.idleMilliseconds,
      over: settings.overMilliseconds,
    }
    this.#table = new Table({ connections: settings.connections, silence }, (connection, why) => {
      this.#counts.connections[why]++
      connection.settle('unjudged', why)
    })
    this.#follower = new Follower(settings, this.#surroundings, this.#counts, this.#table)
    this.#fragments = new Reassembly({
      datagrams: settings.datagrams,
      bytes: settings.fragmentBytes,
      each: settings.fragments,
      milliseconds: settings.fragmentMilliseconds,
    })
  }

  /** What has happened so far. */
  get counts(): TrackerCounts {
    return this.#counts
  }

  /** The connections there are, those that have their verdict included. */
  get connections(): Iterable<TcpConnection> {
    return this.#table
  }

  /** How many they are. */
  get size(): number {
    return this.#table.size
  }

  /** Bytes that are kept of all of them. */
  get bytes(): number {
    return this.#surroundings.bytes
  }

  /** Packets that are held. */
  get held(): number {
    return this.#surroundings.share.used
  }

  /**
   * Take a packet. It is judged when this returns or, when that is a promise, when the promise settles; a packet without a verdict then is
   * the queue's to judge. What code of the program throws is thrown here, or rejects the promise, once.
   */
  push(packet: StreamPacket): Promise<void> | undefined {
    const { ip } = packet
    const now = this.#settings.clock.uptime
    this.#table.expire(now)
    if (this.#fragments.size > 0) this.#fragments.expire(now)
    if (ip === undefined) return judge(packet, this.#counts, 'unfollowed')
    if (ip.isFragment) return mayBeTcp(ip) ? this.#join(packet, ip, now) : judge(packet, this.#counts, 'unfollowed')
    if (ip.protocol === ipProtocol.tcp) return this.#follower.follow(packet, ip, now)
    const payload =
      ip.protocol === ipProtocol.icmp || ip.protocol === ipProtocol.icmpv6
        ? translateQuoted(ip, this.#table)
        : undefined
    if (payload === undefined) return judge(packet, this.#counts, 'unfollowed')
    packet.accept({ payload })
    return undefined
  }

  /**
   * Packets passed that were never pushed, as a queue tells by its event `passed`: from here on, the connections there are may have
   * more acknowledged than was seen. Their streams tell what is missing.
   */
  missed(): void {
    this.#surroundings.losses++
  }

  /** Forget all connections: what is held is left to the queue, and streams end. */
  close(): void {
    for (const connection of this.#table) connection.settle('unjudged', 'closed')
    this.#fragments.clear()
  }

  #join(packet: StreamPacket, ip: IpPacket, now: number): Promise<void> | undefined {
    let settle = () => {}
    const waits = new Promise<void>((resolve) => {
      settle = resolve
    })
    const taken = this.#fragments.take(ip, { packet, settled: settle }, now)
    if (taken === 'waits') return waits
    if (!(taken instanceof Joined)) return judge(packet, this.#counts, taken)
    let result: Promise<void> | undefined
    try {
      result = this.#follower.follow(taken, taken.ip, now)
    } finally {
      if (result === undefined) taken.settled()
    }
    return result?.finally(() => taken.settled())
  }
}
