import { be32 } from '@nfkit/inet/bytes'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import type { Packet } from '../packet.ts'

/**
 * Which of `count` queues a packet goes to under `balance` (nfqueue_hash, include/net/netfilter/nf_queue.h): the same for both
 * directions, with any ports. The hash itself differs with every boot of a kernel; here `seed` stands for that.
 */
export function balanced({ bytes, layout }: Packet, count: number, seed: number): number {
  if (!layout) return 0
  const [one, other] =
    layout.family === family.ipv4 ? [be32(bytes, 12), be32(bytes, 16)] : [be32(bytes, 8 + 12), be32(bytes, 24 + 12)]
  const [low, high] = one < other ? [one, other] : [other, one]
  let hash = seed ^ layout.protocol
  for (const word of [low, high]) {
    hash = Math.imul(hash ^ word, 0x9e37_79b1)
    hash ^= hash >>> 15
  }
  hash = Math.imul(hash, 0x85eb_ca77)
  return Math.floor((((hash ^ (hash >>> 13)) >>> 0) * count) / 0x1_0000_0000)
}
