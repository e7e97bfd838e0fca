import { ipProtocol } from '@nfkit/inet'
import type { IpPacket } from '@nfkit/ip-codec'
import { TcpConnection } from '../connection/connection.ts'
import type { End } from '../connection/end.ts'
import type { Surroundings } from '../connection/surroundings.ts'
import { type Fate, fates } from '../fate.ts'
import { mayBeTcp } from '../fragments/fragment.ts'
import { Joined } from '../fragments/joined.ts'
import { Reassembly } from '../fragments/reassembly.ts'
import type { StreamPacket } from '../packet.ts'
import { fromLowerEnd } from '../segment/key.ts'
import { type Segment, segmentIn } from '../segment/segment.ts'
import { ask } from './ask.ts'
import { Counts, type TrackerCounts } from './counts.ts'
import { type Settings, settingsOf, type TrackerOptions } from './options.ts'
import { type Passage, pass } from './passage.ts'
import { translateQuoted } from './quoted.ts'
import { Roster } from './roster.ts'
import { surroundingsOf } from './surroundings.ts'
import { Table } from './table.ts'

/** What becomes of the packets of a connection that has its verdict. */
const settled = { accept: 'unfollowed', drop: 'refused', unjudged: 'gaveUp' } as const

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
  readonly #roster: Roster
  readonly #fragments: Reassembly

  constructor(options: TrackerOptions) {
    const settings = settingsOf(options)
    this.#settings = settings
    this.#surroundings = surroundingsOf(settings, this.#counts.holds)
    const silence = {
      opening: settings.openingMilliseconds,
      open: settings.idleMilliseconds,
      over: settings.overMilliseconds,
    }
    this.#table = new Table({ connections: settings.connections, silence }, (connection, why) => {
      this.#counts.connections[why]++
      connection.settle('unjudged', why)
    })
    this.#roster = new Roster(this.#table, this.#surroundings, settings.midstream)
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
    if (ip === undefined) return this.#judge(packet, 'unfollowed')
    if (ip.isFragment) return mayBeTcp(ip) ? this.#join(packet, ip, now) : this.#judge(packet, 'unfollowed')
    if (ip.protocol === ipProtocol.tcp) return this.#follow(packet, ip, now)
    const payload =
      ip.protocol === ipProtocol.icmp || ip.protocol === ipProtocol.icmpv6
        ? translateQuoted(ip, this.#table, now)
        : undefined
    if (payload === undefined) return this.#judge(packet, 'unfollowed')
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

  #judge(packet: StreamPacket, fate: Fate): undefined {
    this.#counts.packets[fate]++
    const { verdict } = fates[fate]
    if (verdict === 'accept') packet.accept()
    else if (verdict === 'drop') packet.drop()
    return undefined
  }

  #join(packet: StreamPacket, ip: IpPacket, now: number): Promise<void> | undefined {
    let settle = () => {}
    const waits = new Promise<void>((resolve) => {
      settle = resolve
    })
    const taken = this.#fragments.take(ip, { packet, settled: settle }, now)
    if (taken === 'waits') return waits
    if (!(taken instanceof Joined)) return this.#judge(packet, taken)
    let result: Promise<void> | undefined
    try {
      result = this.#follow(taken, taken.ip, now)
    } finally {
      if (result === undefined) taken.settled()
    }
    return result?.finally(() => taken.settled())
  }

  #follow(packet: StreamPacket, ip: IpPacket, now: number): Promise<void> | undefined {
    const segment = segmentIn(ip)
    if (segment === undefined) return this.#judge(packet, ip.truncated ? 'gaveUp' : 'malformed')
    if (hasWrongChecksum(packet, segment)) return this.#judge(packet, 'wrongChecksum')
    if (segment.urg && segment.size > 0 && this.#settings.urgent === 'drop') return this.#judge(packet, 'urgent')
    const lower = fromLowerEnd(segment.tcp)
    const connection = this.#roster.find(segment, lower, now)
    if (!(connection instanceof TcpConnection)) return this.#judge(packet, connection)
    const [from, to] = connection.endsOf(lower)
    const read = this.#read(connection, segment, from, to)
    const mended = read instanceof Uint8Array ? read : undefined
    const { reserve } = this.#settings
    const fate = read instanceof Uint8Array ? 'mended' : read
    const result = this.#conclude({ packet, segment, fate, mended, from, to, reserve }, connection)
    this.#table.settle(connection, now)
    while (this.#surroundings.bytes > this.#settings.bytes && this.#table.evict());
    return withFailure(connection, result)
  }

  #read(connection: TcpConnection, segment: Segment, from: End, to: End): Fate | Uint8Array {
    if (segment.ip.truncated) connection.settle('unjudged', 'truncated')
    if (connection.verdict !== undefined) return settled[connection.verdict]
    const screened = connection.screen(segment, from, to)
    if (screened !== undefined) return screened
    if (!connection.isOpen) {
      this.#counts.connections.opened++
      ask(this.#settings.judge, connection)
      if (connection.verdict !== undefined) return settled[connection.verdict]
    }
    const read = connection.read(segment, from, to)
    if (read === 'gaveUp') connection.settle('unjudged', 'waiting')
    // The program may have heard enough meanwhile.
    return connection.verdict === undefined || connection.verdict === 'accept' ? read : settled[connection.verdict]
  }

  #conclude(passage: Passage, connection: TcpConnection): Promise<void> | undefined {
    const { packet, segment, fate, from } = passage
    if (fates[fate].verdict !== 'accept' || connection.verdict !== undefined) return this.#judge(packet, fate)
    const { direction } = from
    if (direction === undefined || segment.syn || segment.rst || !(segment.size > 0 || segment.fin))
      return this.#pass(passage)
    const end = direction.positionOf(segment.sequence) + segment.size
    const way = from.wayOf(segment, end, fate)
    if (way === 'nowhere') return this.#judge(packet, 'held')
    if (way === 'aside') return this.#putAside(passage, connection, end)
    this.#pass(passage)
    from.tooEarly?.release(direction.next, 'accept')
    return undefined
  }

  #pass(passage: Passage): undefined {
    this.#counts.packets[pass(passage)]++
    return undefined
  }

  #putAside(passage: Passage, connection: TcpConnection, end: number): Promise<void> {
    const { packet, from } = passage
    return new Promise((resolve, reject) => {
      const release = (verdict: 'accept' | 'drop' | 'unjudged') => {
        try {
          if (verdict === 'accept') this.#pass(passage)
          else this.#judge(packet, settled[verdict])
          resolve()
        } catch (error) {
          reject(error)
        }
      }
      if (!from.putAside({ end, release })) release(connection.verdict ?? 'drop')
    })
  }
}

function hasWrongChecksum(packet: StreamPacket, { ip, tcp }: Segment): boolean {
  if (packet.checksumNotReady === true || packet.checksumNotVerified === false || ip.truncated) return false
  return tcp.checksumState === 'invalid'
}

/** What code of the program has thrown is told with the packet at hand. */
function withFailure(connection: TcpConnection, result: Promise<void> | undefined): Promise<void> | undefined {
  const failure = connection.takeFailure()
  if (failure === undefined) return result
  if (result === undefined) throw failure
  return result.then(() => {
    throw failure
  })
}
