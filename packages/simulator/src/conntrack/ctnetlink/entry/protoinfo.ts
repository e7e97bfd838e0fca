import { applyMask, ipProtocol } from '@nfkit/inet'
import { errno } from '@nfkit/netlink-codec'
import {
  conntrack,
  protoinfo,
  protoinfoDccp,
  protoinfoSctp,
  protoinfoTcp,
  tcpFlags,
} from '@nfkit/netlink-codec/conntrack'
import type { Attributes } from '../../../netlink/attributes.ts'
import type { Connection } from '../../table/connection.ts'
import { dccpPolicy, protoinfoPolicy, sctpPolicy, tcpPolicy } from '../policies.ts'

const { rows } = conntrack

/** CTA_PROTOINFO: the state of the connection's own protocol; others are ignored. */
export function changeProtoinfo(connection: Connection, attributes: Attributes): number {
  const nest = attributes.nest(rows.protoinfo, protoinfoPolicy)
  if (typeof nest === 'number') return nest
  switch (connection.original.protocol) {
    case ipProtocol.tcp:
      return nest.has(protoinfo.rows.tcp) ? changeTcp(connection, nest) : 0
    case ipProtocol.sctp:
      return nest.has(protoinfo.rows.sctp) ? changeSctp(connection, nest) : 0
    case ipProtocol.dccp:
      // A kernel that does not track DCCP does not read its state.
      return connection.dccp && nest.has(protoinfo.rows.dccp) ? changeDccp(connection, nest) : 0
    default:
      return 0
  }
}

function changeTcp({ tcp }: Connection, nest: Attributes): number {
  const given = nest.nest(protoinfo.rows.tcp, tcpPolicy)
  if (typeof given === 'number') return given
  const track = tcp!
  const { state, flagsOriginal, flagsReply, wscaleOriginal, wscaleReply } = protoinfoTcp.rows
  track.state = given.u8(state) ?? track.state
  for (const [i, row] of [flagsOriginal, flagsReply].entries()) {
    const at = given.at[row.id]!
    if (at === 0) continue
    const [flags, mask] = [given.bytes[at]!, given.bytes[at + 1]!]
    track.sides[i]!.flags = applyMask(track.sides[i]!.flags, { value: flags, mask })
  }
  const scales = [given.u8(wscaleOriginal), given.u8(wscaleReply)]
  const scaled = track.sides.every(({ flags }) => flags & tcpFlags.windowScale)
  if (scaled && scales.every((scale) => scale !== undefined))
    for (const [i, scale] of scales.entries()) track.sides[i]!.scale = scale!
  return 0
}

function changeSctp(connection: Connection, nest: Attributes): number {
  const given = nest.nest(protoinfo.rows.sctp, sctpPolicy)
  if (typeof given === 'number') return given
  const { rows: of } = protoinfoSctp
  const [state, vtagOriginal, vtagReply] = [given.u8(of.state), given.be32(of.vtagOriginal), given.be32(of.vtagReply)]
  if (state === undefined || vtagOriginal === undefined || vtagReply === undefined) return errno.EINVAL
  const track = connection.sctp!
  track.state = state
  track.tags[0] = vtagOriginal
  track.tags[1] = vtagReply
  return 0
}

const dccpStates = 8

function changeDccp(connection: Connection, nest: Attributes): number {
  const given = nest.nest(protoinfo.rows.dccp, dccpPolicy)
  if (typeof given === 'number') return given
  const { rows: of } = protoinfoDccp
  const [state, role] = [given.u8(of.state), given.u8(of.role)]
  if (state === undefined || role === undefined || role > 1 || state >= dccpStates) return errno.EINVAL
  const track = connection.dccp!
  track.state = state
  track.role = role
  track.handshakeSeq = given.be64(of.handshakeSeq) ?? track.handshakeSeq
  return 0
}
