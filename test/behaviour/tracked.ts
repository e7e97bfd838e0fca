import { type QueueConfig, queueFlags } from '@nfkit/netlink-codec/nfqueue'
import { track } from './events.ts'
import { udp } from './packet.ts'
import { Queue } from './queue.ts'
import type { World } from './world.ts'

/** A packet, and the tuple of its connection. */
export const there = udp('10.1.0.1:1000', '10.1.0.2:7007')
export const of = 'udp 10.1.0.1:1000 > 10.1.0.2:7007'
/** Every packet of UDP goes to queue 7. */
export const all = { hook: 'output', table: 'filter', protocol: 'udp', action: { kind: 'queue', number: 7 } } as const
/** Connections come with packets. */
export const withFlow: QueueConfig = { flags: queueFlags.conntrack, mask: queueFlags.conntrack }
/** Queue 7, whose packets belong to connections. */
export async function tracked(world: World, more: QueueConfig = withFlow): Promise<Queue> {
  await world.rules(track, all)
  return Queue.open(world, 7, more)
}
