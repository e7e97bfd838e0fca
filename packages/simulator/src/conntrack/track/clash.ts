import { ipProtocol, isIcmp } from '@nfkit/inet'
import { status } from '@nfkit/netlink-codec/conntrack'
import type { Packet } from '../../packet.ts'
import type { Profile } from '../../profile.ts'
import type { Connection } from '../table/connection.ts'
import { sameTuple, type Tuple } from '../table/tuple/tuple.ts'
import { count } from './progress.ts'
import type { Tracking } from './tracking.ts'
import type { IsFree } from './translate.ts'

/** Protocols whose first packet must be the first: a second one beside it is dropped. All others join (allow_clash). */
const strict: readonly number[] = [ipProtocol.tcp, ipProtocol.sctp]

export function mayJoin(number: number, { dccp, greClashes, icmpClashes }: Profile): boolean {
  if (number === ipProtocol.dccp) return !dccp
  if (number === ipProtocol.gre) return greClashes
  if (isIcmp(number)) return icmpClashes
  return !strict.includes(number)
}

const translated = status.srcNat | status.dstNat
const settled = status.srcNatDone | status.dstNatDone

/**
 * Two packets that began the same connection waited at the same time, and the other one is through: this one joins it, counted in the
 * original direction whichever way it goes. Where the two are translated in different ways, the connection of this one is kept for its answers
 * alone. Else the packet is dropped (nf_ct_resolve_clash).
 */
export function resolve({ table, profile }: Tracking, packet: Packet, winner: Connection): boolean {
  const { statistics } = table
  const loser = packet.connection!
  const mayPass = mayJoin(loser.original.protocol, profile)
  const alike = joins(winner, loser, profile) ? winner : table.answeredAlike(loser)
  if (!mayPass || (alike && !joins(alike, loser, profile))) {
    statistics.drop++
    statistics.insertFailed++
    return false
  }
  statistics.clashResolve++
  if (alike) {
    if (loser.counters) count(packet, alike, false)
    packet.connection = alike
  } else table.insertHalf(loser)
  return true
}

function joins(winner: Connection, loser: Connection, { joinsAtVerdict }: Profile): boolean {
  if (!winner.has(settled)) return true
  const same = (original: Tuple, reply: Tuple) => sameTuple(winner.original, original) && sameTuple(winner.reply, reply)
  return same(loser.original, loser.reply) || (!joinsAtVerdict && same(loser.reply, loser.original))
}

/**
 * Whether replies with a tuple could be told apart: nobody has it, or who has it and this connection are two directions of one that nothing
 * translates (nf_nat_used_tuple_new).
 */
export const isFree =
  ({ table, profile }: Tracking): IsFree =>
  (tuple, connection) => {
    const other = table.owner(tuple, connection)
    if (!other || (!profile.joinsAtVerdict && mayJoin(tuple.protocol, profile) && isOpposite(connection, other)))
      return true
    table.statistics.found++
    return false
  }

const isOpposite = (one: Connection, other: Connection): boolean =>
  !one.has(translated) && !other.has(translated | status.seqAdjust) && sameTuple(one.original, other.reply)
