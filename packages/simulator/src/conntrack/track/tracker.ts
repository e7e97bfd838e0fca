import { icmpAnswer, isIcmp } from '@nfkit/inet'
import { status } from '@nfkit/netlink-codec/conntrack'
import { family, hook } from '@nfkit/netlink-codec/nfnetlink'
import { ctInfo } from '@nfkit/netlink-codec/nfqueue'
import type { Packet } from '../../packet.ts'
import { change } from '../table/change.ts'
import type { Connection } from '../table/connection.ts'
import { startProtocol } from '../table/state/start.ts'
import { lasting, type Tuple, tupleOf } from '../table/tuple/tuple.ts'
import { defaultZone } from '../table/zone.ts'
import { resolve } from './clash.ts'
import { aboutOf } from './icmp/error.ts'
import { messageOf } from './icmp/message.ts'
import { Progress } from './progress.ts'
import type { Tracking } from './tracking.ts'

/** ICMP types that may begin a flow. */
const requests: readonly number[] = [8, 13, 15, 17]
const requests6: readonly number[] = [128, 139]

/** What connection tracking does to packets on their way (nf_conntrack_in and nf_confirm, net/netfilter/nf_conntrack_core.c). */
export class Tracker {
  readonly #tracking: Tracking
  readonly #progress: Progress

  constructor(tracking: Tracking) {
    this.#tracking = tracking
    this.#progress = new Progress(tracking)
  }

  /** Find or make the connection of a packet at a hook point. A packet that makes no sense has none, and passes; false, for a full table above all, drops. */
  track(packet: Packet, at: number): boolean {
    const { layout, bytes } = packet
    if (packet.untracked || packet.connection || !layout) {
      if (packet.untracked) packet.ctInfo = ctInfo.untracked
      return true
    }
    packet.verifies = this.#tracking.settings.checksum && packet.checksum === 'unverified' && at === hook.prerouting
    const isSpecial = isIcmp(layout.protocol) && this.#special(packet)
    if (isSpecial) {
      packet.template = undefined
      return true
    }
    const tuple = tupleOf(bytes, layout, this.#tracking.profile)
    const followed = tuple !== undefined && this.#follow(packet, tuple)
    packet.template = undefined
    if (followed === false) this.#tracking.table.statistics.invalid++
    return followed !== 'dropped'
  }

  /** What an ICMP message is of itself, whether or not it begins or continues a flow: false for one that may. */
  #special(packet: Packet): boolean {
    const message = messageOf(packet, this.#tracking.profile)
    if (message === 'plain') return false
    if (message === 'untracked') {
      packet.untracked = true
      packet.ctInfo = ctInfo.untracked
      return true
    }
    const { table } = this.#tracking
    const about =
      message === 'wrong' ? undefined : aboutOf(this.#tracking, packet.bytes, message.inner, this.#zoneOf(packet))
    if (about) {
      packet.connection = about.connection
      packet.ctInfo = about.reply ? ctInfo.relatedReply : ctInfo.related
    } else table.statistics.error++
    return true
  }

  #zoneOf({ template }: Packet) {
    return template?.zone === undefined ? defaultZone : { id: template.zone, direction: defaultZone.direction }
  }

  #follow(packet: Packet, tuple: Tuple): boolean | 'dropped' {
    const { table } = this.#tracking
    const found = table.find(tuple, this.#zoneOf(packet))
    const connection = found?.connection ?? this.#begin(packet, tuple)
    if (!connection) return false
    if (connection === 'full') return 'dropped'
    const reply = found?.reply ?? false
    const info = infoOf(connection, reply)
    const effect = this.#progress.advance(packet, connection, reply)
    if (effect === 'again') return this.#follow(packet, tuple)
    if (effect === 'invalid') return false
    if (effect === 'dropped') {
      table.statistics.invalid++
      table.statistics.drop++
      return effect
    }
    packet.connection = connection
    packet.ctInfo = info
    if (info === ctInfo.establishedReply && !connection.has(status.seenReply)) {
      connection.status |= status.seenReply
      this.#tracking.events.note(connection, change.reply)
    }
    return true
  }

  #begin(packet: Packet, seen: Tuple): Connection | 'full' | undefined {
    if (!mayBegin(seen)) return undefined
    const tracking = this.#tracking
    const tuple = lasting(seen)
    const connection = tracking.table.create(tuple, undefined, this.#zoneOf(packet))
    if (!connection) {
      tracking.table.statistics.drop++
      return 'full'
    }
    tracking.table.extend(connection)
    startProtocol(connection, tracking.profile)
    const expectation = tracking.expectations.fulfil(tuple, connection.zone.id)
    if (expectation) {
      connection.status |= status.expected
      connection.master = expectation.master
      connection.mark = expectation.master.mark
      expectation.master.references++
      const helper = expectation.helper && tracking.helperFor(expectation.helper, tuple)
      if (helper) connection.help = { helper, info: undefined }
    }
    if (packet.template) tracking.applyTemplate(connection, packet.template)
    return connection
  }

  /** The packet gets through: a new connection enters the table, and events are told. False drops it. */
  confirm(packet: Packet): boolean {
    const { table, events } = this.#tracking
    const { connection } = packet
    if (!connection) return true
    if (!connection.confirmed) {
      // The reset for a first packet that is rejected carries the connection, but does not begin it.
      if (connection.has(status.dying) || packet.isReply) return true
      const clash = table.clash(connection)
      if (clash) return resolve(this.#tracking, packet, clash.connection)
      table.enter(connection)
      events.note(connection, connection.master ? change.related : change.new)
      if (connection.help?.helper) events.note(connection, change.helper)
    }
    if (!connection.has(status.dying)) events.deliverNoted(connection)
    return true
  }

  /**
   * After a stay in a queue another packet may have made the connection this one wanted to make: up to 6.11 they belong together, whatever
   * the protocol, and what cannot be tracked any more is dropped (nf_conntrack_update). False drops it.
   */
  update(packet: Packet): boolean {
    const { connection, layout } = packet
    const { profile, table } = this.#tracking
    if (!profile.joinsAtVerdict || !connection || connection.confirmed) return true
    const tuple = layout && tupleOf(packet.bytes, layout, profile)
    if (!tuple) return false
    const found = table.find(tuple, connection.zone)
    if (found) packet.connection = found.connection
    return true
  }
}

function infoOf(connection: Connection, reply: boolean): number {
  if (reply) return ctInfo.establishedReply
  if (connection.has(status.seenReply)) return ctInfo.established
  return connection.has(status.expected) ? ctInfo.related : ctInfo.new
}

function mayBegin({ protocol: number, to, family: of }: Tuple): boolean {
  if (!isIcmp(number)) return true
  const type = to >> 8
  return icmpAnswer(number, type) !== undefined && (of === family.ipv4 ? requests : requests6).includes(type)
}
