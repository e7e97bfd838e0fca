import { mirror, type Tuple } from '@nfkit/inet'
import { ctInfo, type Flow } from '@nfkit/netlink-codec/conntrack'
import type { Packet } from '@nfkit/nfqueue'
import { keyOfEnds } from '../said/ends.ts'

/** Which connection a packet belongs to, and how. */
export interface Identity {
  /** The same for all packets of a connection, in both directions; `undefined` of a packet that is of none: a later fragment, say. */
  readonly key: string | undefined
  /** The tuple of the connection's first packets, as they are here; of an answer, turned around. */
  readonly tuple: Tuple | undefined
  /** Where they were sent, before any translation, where the kernel tells. */
  readonly original: Tuple | undefined
  /** Whether the packet is an answer. */
  readonly isReply: boolean
  /** Whether the kernel follows the connection. */
  readonly isTracked: boolean
  /** Whether this is its first packet, as far as the kernel knows. */
  readonly isNew: boolean
}

/** Returns which connection a packet belongs to. */
export function identityOf(packet: Packet): Identity {
  const { tuple, flow, ctInfo: how } = packet
  const original = flow && originalOf(flow)
  const isReply =
    how === undefined ? isAnswer(tuple, original) : how >= ctInfo.establishedReply && how < ctInfo.untracked
  const named = original ?? tuple
  return {
    key: named && keyIn(named, flow?.zone ?? 0),
    tuple: isReply && tuple !== undefined ? (mirror(tuple) ?? tuple) : tuple,
    original,
    isReply,
    isTracked: flow !== undefined,
    isNew: how === undefined ? flow === undefined : how === ctInfo.new,
  }
}

/** Without the kernel's word: its tuple is not that of the first packets. */
const isAnswer = (tuple: Tuple | undefined, original: Tuple | undefined): boolean =>
  tuple !== undefined && original !== undefined && tuple.source.address !== original.source.address

/** The same for both directions. */
const keyIn = (tuple: Tuple, zone: number): string => (zone === 0 ? keyOfEnds(tuple) : `${zone} ${keyOfEnds(tuple)}`)

function originalOf({ original }: Flow): Tuple | undefined {
  const { protocol, source, destination, icmp } = original
  if (protocol === undefined || source.address === undefined || destination.address === undefined) return undefined
  const { id = 0, type = 0, code = 0 } = icmp ?? {}
  return {
    protocol,
    source: { address: source.address, port: source.port },
    destination: { address: destination.address, port: destination.port },
    ...(icmp === undefined ? {} : { icmp: { id, type, code } }),
  }
}
