import { ipProtocol } from '@nfkit/inet'
import { encode, type Writer } from '@nfkit/netlink-codec'
import { conntrack, protoinfo as protoinfos, protoinfoTcp } from '@nfkit/netlink-codec/conntrack'
import { write8, write16, write32, writeBytes } from '../../netlink/write.ts'
import { counters, help, labels, protoinfo, sequences, timestamp, zoneIn } from './attributes.ts'
import type { Connection } from './connection.ts'
import type { TcpTrack } from './state/tcp.ts'
import { attributesOf, writeTuple } from './tuple/attributes.ts'

const { rows } = conntrack

/**
 * What a queued packet says of its connection, in the kernel's order (__ctnetlink_glue_build). What nearly all connections have is written without
 * an object in between.
 */
export function writeGlued(writer: Writer, connection: Connection, uptime: number): void {
  const { original, reply, id, status, mark, tcp } = connection
  writeTuple(writer, rows.tupleOrig.id, original, zoneIn(connection, 'original'))
  writeTuple(writer, rows.tupleReply.id, reply, zoneIn(connection, 'reply'))
  const zone = zoneIn(connection, 'both')
  if (zone !== undefined) write16(writer, rows.zone.id, zone)
  write32(writer, rows.id.id, id)
  write32(writer, rows.status.id, status)
  write32(writer, rows.timeout.id, connection.secondsLeft(uptime))
  if (tcp && original.protocol === ipProtocol.tcp) writeTcp(writer, tcp)
  else if (connection.sctp || connection.dccp) encode(writer, conntrack, { protoinfo: protoinfo(connection, false) })
  if (isExtended(connection)) encode(writer, conntrack, extensions(connection))
  write32(writer, rows.mark.id, mark)
  const bits = labels(connection)
  if (bits) writeBytes(writer, rows.labels.id, bits)
}

function writeTcp(writer: Writer, { state, sides: [one, other] }: TcpTrack): void {
  const of = protoinfoTcp.rows
  const outer = writer.startNest(rows.protoinfo.id)
  const inner = writer.startNest(protoinfos.rows.tcp.id)
  write8(writer, of.state.id, state)
  write8(writer, of.wscaleOriginal.id, one.scale)
  write8(writer, of.wscaleReply.id, other.scale)
  writeFlags(writer, of.flagsOriginal.id, one.flags)
  writeFlags(writer, of.flagsReply.id, other.flags)
  writer.endNest(inner, protoinfoTcp.name)
  writer.endNest(outer, protoinfos.name)
}

/** Flags, and a mask that is 0. */
const writeFlags = (writer: Writer, id: number, flags: number): void => write16(writer, id, flags << 8)

const isExtended = ({ counters: both, start, help: extension, master, sequences: moved, synproxy }: Connection) =>
  both !== undefined ||
  start !== undefined ||
  extension !== undefined ||
  master !== undefined ||
  moved !== undefined ||
  synproxy !== undefined

const extensions = (connection: Connection) => ({
  countersOrig: counters(connection, 0),
  countersReply: counters(connection, 1),
  timestamp: timestamp(connection),
  help: help(connection),
  tupleMaster: connection.master && attributesOf(connection.master.original),
  seqAdjOrig: sequences(connection, 0),
  seqAdjReply: sequences(connection, 1),
  synproxy: connection.synproxy,
})
