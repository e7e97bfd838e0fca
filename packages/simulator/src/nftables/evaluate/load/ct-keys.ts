import { family } from '@nfkit/netlink-codec/nfnetlink'
import { ctInfo } from '@nfkit/netlink-codec/nfqueue'
import { ctStateBits } from '@nfkit/netlink-codec/nftables'
import type { Connection } from '../../../conntrack/table/connection.ts'
import type { Tuple } from '../../../conntrack/table/tuple/tuple.ts'
import type { Packet } from '../../../packet.ts'
import type { EvaluateHost } from '../host.ts'
import { type Key, padded } from './store.ts'

/** `NF_CT_STATE_BIT` and its like. What a rule has in store for a connection stands for one until it is there. */
export function stateOf({ connection, ctInfo: info, untracked, template }: Packet): number {
  if (untracked) return ctStateBits.untracked
  if (!connection) return template ? ctStateBits.new : ctStateBits.invalid
  if (info === ctInfo.new) return ctStateBits.new
  return info === ctInfo.related || info === ctInfo.relatedReply ? ctStateBits.related : ctStateBits.established
}

type Read = (connection: Connection, packet: Packet) => ReturnType<Key['read']>

const ofConnection = (length: Key['length'], read: Read): Key => ({
  length,
  read: ({ packet }) => packet.connection && read(packet.connection, packet),
})

const noLabels = new Uint8Array(16)

/** Keys that are of the connection as a whole. */
const whole: { readonly [key: string]: (host: EvaluateHost) => Key } = {
  state: () => ({ length: 4, read: ({ packet }) => stateOf(packet) }),
  direction: () => ofConnection(1, (_, { isReply }) => Number(isReply)),
  status: () => ofConnection(4, ({ status }) => status),
  mark: () => ofConnection(4, ({ mark }) => mark),
  expiration: ({ clock }) =>
    ofConnection(4, (one) => (one.confirmed ? Math.max(0, Math.round(one.expires - clock.uptime)) : 0)),
  helper: () =>
    ofConnection(16, ({ master }) => {
      const name = master?.help?.helper?.name
      return name === undefined ? undefined : padded(name)
    }),
  l3protocol: () => ofConnection(1, ({ original }) => original.family),
  protocol: () => ofConnection(1, ({ original }) => original.protocol),
  labels: () => ofConnection(16, ({ labels }) => labels ?? noLabels),
  id: () => ofConnection(4, ({ id }) => id),
}

const port = (value: number): Uint8Array => Uint8Array.of(value >> 8, value)
const addressOf = (address: Uint8Array, of: number, tuple: Tuple): Uint8Array | undefined =>
  tuple.family === of ? address : undefined

/** Keys of one direction. Addresses have the length of the table's family. */
const ofTuple: { readonly [key: string]: readonly [0 | 2 | 4 | 16, (tuple: Tuple) => Uint8Array | undefined] } = {
  src: [0, ({ source }) => source],
  dst: [0, ({ destination }) => destination],
  srcIp: [4, (tuple) => addressOf(tuple.source, family.ipv4, tuple)],
  dstIp: [4, (tuple) => addressOf(tuple.destination, family.ipv4, tuple)],
  srcIp6: [16, (tuple) => addressOf(tuple.source, family.ipv6, tuple)],
  dstIp6: [16, (tuple) => addressOf(tuple.destination, family.ipv6, tuple)],
  protoSrc: [2, ({ from }) => port(from)],
  protoDst: [2, ({ to }) => port(to)],
}

interface Counts {
  readonly packets: bigint
  readonly bytes: bigint
}

/** Keys of one direction or of both. */
const counted: { readonly [key: string]: (counts: Counts) => bigint } = {
  pkts: ({ packets }) => packets,
  bytes: ({ bytes }) => bytes,
  avgpkt: ({ packets, bytes }) => (packets === 0n ? 0n : bytes / packets),
}

const none: Counts = { packets: 0n, bytes: 0n }

function countsOf({ counters }: Connection, isReply: boolean | undefined): Counts {
  if (!counters) return none
  if (isReply !== undefined) return counters[isReply ? 1 : 0]
  const [a, b] = counters
  return { packets: a.packets + b.packets, bytes: a.bytes + b.bytes }
}

/** What a key of `NFT_CT_*` loads; `undefined` of one that is refused. */
export function keyOf(
  key: string,
  isReply: boolean | undefined,
  addressLength: 4 | 16,
  host: EvaluateHost,
): Key | undefined {
  if (Object.hasOwn(whole, key)) return whole[key]!(host)
  if (Object.hasOwn(ofTuple, key)) {
    const [length, read] = ofTuple[key]!
    return ofConnection(length || addressLength, ({ original, reply }) => read(isReply ? reply : original))
  }
  if (Object.hasOwn(counted, key)) return ofConnection(8, (one) => counted[key]!(countsOf(one, isReply)))
  if (key !== 'zone') return undefined
  return ofConnection(2, ({ zone: { id, direction } }) => {
    const isOther = isReply !== undefined && direction !== 'both' && (direction === 'reply') !== isReply
    return isOther ? 0 : id
  })
}
