import { hook } from '@nfkit/netlink-codec/nfnetlink'
import { ctInfo } from '@nfkit/netlink-codec/nfqueue'
import type { Journey } from '../hooks/journey.ts'
import type { Interfaces } from '../interfaces.ts'
import { startChecksum } from '../layout.ts'
import type { SkbChecksum } from '../packet.ts'
import { journeyOf } from './deliver.ts'

/** The way of what the kernel itself answers to a packet: out where that came in, or over `lo` to a sender that is here. */
export function answerJourney(to: Journey, bytes: Uint8Array, checksum: SkbChecksum, interfaces: Interfaces): Journey {
  const indev = to.packet.origin.indev?.name ?? 'lo'
  const loopback = to.hookNumber === hook.output || indev === 'lo'
  const way = { hook: 'output', loopback, outdev: loopback ? 'lo' : indev, queue: null } as const
  const journey = journeyOf(bytes, { ...way, checksum }, interfaces, undefined)
  if (checksum === 'partial') startChecksum(journey.packet.bytes)
  return journey
}

/** It belongs to the connection of the packet it answers, in the other direction (nf_conntrack_attach). */
export function attach({ packet }: Journey, to: Journey): void {
  packet.connection = to.packet.connection
  if (packet.connection) packet.ctInfo = to.packet.isReply ? ctInfo.related : ctInfo.relatedReply
}
