import { hook } from '@nfkit/netlink-codec/nfnetlink'
import { ctInfo } from '@nfkit/netlink-codec/nfqueue'
import type { Journey } from '../hooks/journey.ts'
import type { Interfaces } from '../interfaces.ts'
import { startChecksum } from '../layout.ts'
import type { SkbChecksum } from '../packet.ts'
import { journeyOf } from './deliver.ts'

/**
 * The way of what the kernel itself answers to a packet: out where that came in, or over `lo` to a sender that is here. To one who only seems to be
 * here, for rules at INPUT have translated him, the way is over `lo` until that is undone.
 */
export function answerJourney(to: Journey, bytes: Uint8Array, checksum: SkbChecksum, interfaces: Interfaces): Journey {
  const indev = to.packet.origin.indev?.name ?? 'lo'
  const loopback = to.hookNumber === hook.output || indev === 'lo'
  const way = { hook: 'output', loopback, outdev: loopback ? 'lo' : indev, queue: null } as const
  const journey = journeyOf(bytes, { ...way, checksum }, interfaces, undefined)
  if (!loopback && interfaces.own(destinationOf(bytes))) journey.firstOutdev = interfaces.get('lo')
  if (checksum === 'partial') startChecksum(journey.packet.bytes)
  return journey
}

/** It belongs to the connection of the packet it answers, in the other direction (nf_conntrack_attach). */
export function attach({ packet }: Journey, to: Journey): void {
  packet.connection = to.packet.connection
  if (packet.connection) packet.ctInfo = to.packet.isReply ? ctInfo.related : ctInfo.relatedReply
}

const destinationOf = (bytes: Uint8Array) => (bytes[0]! >> 4 === 4 ? bytes.subarray(16, 20) : bytes.subarray(24, 40))
