import { conntrackMessage } from '../src/conntrack/message.ts'
import type { NetfilterHeader } from '../src/nfnetlink/header.ts'
/**
 * Messages as they went over the socket, little-endian, Linux 6.18.44 on x86-64, 2026-11; our port id was 0x1234. Recorded by us
 * with a program of ours that sends each request and prints what it sends and receives.
 */

import { ipProtocol, parseAddress, parseHex } from '@nfkit/inet'
import { status } from '../src/conntrack/constants.ts'
import { type Conntrack, conntrack } from '../src/conntrack/table.ts'
import { messageFlags, type Table } from '../src/index.ts'
import { verdict } from '../src/nfnetlink/constants.ts'
import { nfqueueMessage } from '../src/nfqueue/message.ts'
import {
  copyMode,
  type Nfqa,
  nfqa,
  type QueueConfig,
  queueCommand,
  queueConfig,
  queueFlags,
} from '../src/nfqueue/table.ts'

export interface Golden<T = unknown> {
  readonly bytes: Uint8Array
  readonly header: NetfilterHeader
  readonly table: Table
  readonly value: T
}

export const hex = (text: string): Uint8Array => parseHex(text)!
const ip = (text: string): Uint8Array => parseAddress(text)!
const { request, ack, multi, create, exclusive } = messageFlags

const config = (sequence: number, resourceId: number, value: QueueConfig, text: string): Golden<QueueConfig> => ({
  bytes: hex(text),
  header: { type: nfqueueMessage.config.type, flags: request | ack, sequence, resourceId },
  table: queueConfig,
  value,
})
const judge = (type: number, flags: number, sequence: number, value: Nfqa, text: string): Golden<Nfqa> => ({
  bytes: hex(text),
  header: { type, flags, sequence, resourceId: 7 },
  table: nfqa,
  value,
})
const flow = (header: NetfilterHeader, value: Conntrack, text: string): Golden<Conntrack> => ({
  bytes: hex(text),
  header: { ...header, family: 2 },
  table: conntrack,
  value,
})

const direction = (source: string, destination: string, srcPort: number, dstPort: number) => ({
  ip: { v4Src: ip(source), v4Dst: ip(destination) },
  proto: { num: ipProtocol.udp, srcPort, dstPort },
})
const tupleOrig = direction('10.1.0.1', '10.1.0.2', 1000, 2000)
const tupleReply = direction('10.1.0.2', '10.1.0.1', 2000, 1000)
const noSynproxy = { isn: 0, its: 0, tsoff: 0 }
const noCounters = { packets: 0n, bytes: 0n }
const id = 0x4c874c3b

const { verdict: queueVerdict, verdictBatch: queueVerdictBatch } = nfqueueMessage
const { new: conntrackNew, get: conntrackGet, delete: conntrackDelete } = conntrackMessage

/** What we send: our encoder must make exactly these bytes. */
export const sent = {
  'bind queue 7': config(
    1,
    7,
    { cmd: { command: queueCommand.bind, pf: 0 } },
    '1c000000020305000100000000000000000000070800010001000000',
  ),
  'copy whole packets': config(
    2,
    7,
    { params: { copyRange: 0xffff, copyMode: copyMode.packet } },
    '2000000002030500020000000000000000000007090002000000ffff02000000',
  ),
  'let 4096 packets wait': config(
    3,
    7,
    { queueMaxlen: 4096 },
    '1c000000020305000300000000000000000000070800030000001000',
  ),
  'ask for whole segments and for user ids': config(
    4,
    7,
    { mask: queueFlags.gso | queueFlags.uidGid, flags: queueFlags.gso | queueFlags.uidGid },
    '2400000002030500040000000000000000000007080004000000000c080005000000000c',
  ),
  'ask for conntrack': config(
    5,
    7,
    { mask: queueFlags.conntrack, flags: queueFlags.conntrack },
    '240000000203050005000000000000000000000708000400000000020800050000000002',
  ),
  'accept packet 1 and set its mark': judge(
    queueVerdict.type,
    request,
    6,
    { verdictHdr: { verdict: verdict.accept, id: 1 }, mark: 0x2a },
    '28000000010301000600000000000000000000070c0002000000000100000001080003000000002a',
  ),
  'accept packet 99': judge(
    queueVerdict.type,
    request,
    7,
    { verdictHdr: { verdict: verdict.accept, id: 99 } },
    '20000000010301000700000000000000000000070c0002000000000100000063',
  ),
  'drop all packets up to 5': judge(
    queueVerdictBatch.type,
    request | ack,
    8,
    { verdictHdr: { verdict: verdict.drop, id: 5 } },
    '20000000030305000800000000000000000000070c0002000000000000000005',
  ),
  'create a UDP flow': flow(
    { type: conntrackNew.type, flags: request | ack | create | exclusive, sequence: 10 },
    { tupleOrig, tupleReply, timeout: 100 },
    `84000000000105060a0000000000000002000000
     3400018014000180080001000a010001080002000a0100021c00028005000100110000000600020003e800000600030007d00000
     3400028014000180080001000a010002080002000a0100011c00028005000100110000000600020007d000000600030003e80000
     0800070000000064`,
  ),
  'get it': flow(
    { type: conntrackGet.type, flags: request, sequence: 11 },
    { tupleOrig },
    `48000000010101000b0000000000000002000000
     3400018014000180080001000a010001080002000a0100021c00028005000100110000000600020003e800000600030007d00000`,
  ),
  'delete it': flow(
    { type: conntrackDelete.type, flags: request | ack, sequence: 12 },
    { tupleOrig },
    `48000000020105000c0000000000000002000000
     3400018014000180080001000a010001080002000a0100021c00028005000100110000000600020003e800000600030007d00000`,
  ),
} as const

/** What the kernel sends. */
export const received = {
  'a packet of a local UDP sender': {
    bytes: hex(`6d00000000030000000000000000000002000007
      0b000100000000010800030008000600000000010800030 00000beef0800100000000000080011000000000008000e0000000001
      25000a004500002176 2840004011c6a17f0000017f000001b92b1b58000dfe2068656c6c6f`),
    header: { type: nfqueueMessage.packet.type, flags: 0, family: 2, resourceId: 7 },
    table: nfqa,
    value: {
      packetHdr: { packetId: 1, hwProtocol: 0x0800, hook: 3 },
      ifindexOutdev: 1,
      mark: 0xbeef,
      uid: 0,
      gid: 0,
      skbInfo: 1,
      payload: hex('45000021762840004011c6a17f0000017f000001b92b1b58000dfe2068656c6c6f'),
    },
  } satisfies Golden<Nfqa>,
  'the event of a new flow': flow(
    { type: conntrackNew.type, flags: create | exclusive, portId: 0x1234 },
    {
      tupleOrig,
      tupleReply,
      id,
      status: status.confirmed,
      timeout: 100,
      synproxy: noSynproxy,
      mark: 0,
      timestampEvent: 0x18eaa854ddde5bb9n,
    },
    `c400000000010006000000003412000002000000
     3400018014000180080001000a010001080002000a0100021c00028005000100110000000600020003e800000600030007d00000
     3400028014000180080001000a010002080002000a0100011c00028005000100110000000600020007d000000600030003e80000
     08000c004c874c3b080003000000000808000700000000641c00188008000100000000000800020000000000080003000000000008000800000000000c001b0018eaa854ddde5bb9`,
  ),
  'the answer to a get': flow(
    { type: conntrackNew.type, flags: multi, sequence: 11, portId: 0x1234 },
    {
      tupleOrig,
      tupleReply,
      status: status.confirmed,
      mark: 0,
      id,
      use: 2,
      timeout: 99,
      countersOrig: noCounters,
      countersReply: noCounters,
      timestamp: { start: 0x18eaa854ddde5037n },
      synproxy: noSynproxy,
    },
    `08010000000102000b0000003412000002000000
     3400018014000180080001000a010001080002000a0100021c00028005000100110000000600020003e800000600030007d00000
     3400028014000180080001000a010002080002000a0100011c00028005000100110000000600020007d000000600030003e80000
     0800030000000008080008000000000008000c004c874c3b08000b000000000208000700
     000000631c0009800c00010000000000000000000c00020000000000000000001c000a800c00010000000000000000000c0002000000000000000000100014800c00010018eaa854ddde50371c001880
     080001000000000008000200000000000800030000000000`,
  ),
  'the event of its end': flow(
    { type: conntrackDelete.type, flags: 0, portId: 0x1234 },
    {
      tupleOrig,
      tupleReply,
      id,
      status: status.confirmed | status.dying,
      timeout: 99,
      countersOrig: noCounters,
      countersReply: noCounters,
      timestamp: { start: 0x18eaa854ddde5037n, stop: 0x18eaa854f420e9c9n },
      timestampEvent: 0x18eaa854f420ebc9n,
    },
    `f400000002010000000000003412000002000000
     3400018014000180080001000a010001080002000a0100021c00028005000100110000000600020003e800000600030007d00000
     3400028014000180080001000a010002080002000a0100011c00028005000100110000000600020007d000000600030003e80000
     08000c004c874c3b080003000000020808000700000000631c0009800c00010000000000
     000000000c00020000000000000000001c000a800c00010000000000000000000c00020000000000000000001c0014800c00010018eaa854ddde50370c00020018eaa854f420e9c90c001b0018eaa854
     f420ebc9`,
  ),
} as const

/** Answers of netlink itself, with what they say. */
export const answers = {
  'success repeats only the header': {
    bytes: hex('24000000020000010100000034120000000000001c000000020305000100000000000000'),
    errno: 0,
    request: sent['bind queue 7'].bytes.subarray(0, 16),
  },
  'a refusal repeats the request': {
    bytes: hex(`38000000020000000500000034120000a1ffffff
      240000000203050005000000000000000000000708000400000000020800050000000002`),
    errno: 95,
    request: sent['ask for conntrack'].bytes,
  },
  'an unknown packet': {
    bytes: hex(
      `34000000020000000700000034120000feffffff20000000010301000700000000000000000000070c0002000000000100000063`,
    ),
    errno: 2,
    request: sent['accept packet 99'].bytes,
  },
} as const

/** A maximum length of one byte, with NETLINK_CAP_ACK and NETLINK_EXT_ACK on, and the answer. */
export const extended = {
  request: hex('1c000000020305000900000000000000000000070500030000000000'),
  answer: hex(`78000000020000030900000034120000deffffff1c000000020305000900000000000000
    27000100417474726962757465206661696c656420706f6c6963792076616c69646174696f6e00000800020014000000
    240004800c00040000000000000000000c000500ffffffff000000000800010004000000`),
} as const

/** The end of a dump of an empty table. */
export const done = hex('14000000030002000d0000003412000000000000')
