import { mirror, type Tuple, type TupleEnd } from '@nfkit/inet'
import { ctInfo, type Flow, type FlowEnd } from '@nfkit/netlink-codec/conntrack'
import type { Packet } from '@nfkit/nfqueue'
import { keyOfEnds } from '../said/ends.ts'

/** Which connection a packet belongs to, and how. */
export interface Identity {
  /** The same for all packets of a connection, in both directions; `undefined` of a packet that is of none: a later fragment, say. */
  readonly key: string | undefined
  /** The packet's own tuple, as it is here. */
  readonly here: Tuple | undefined
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
  const { tuple: here, flow, ctInfo: how } = packet
  const original = flow && originalOf(flow, here)
  const isReply =
    how === undefined ? isAnswer(here, original) : how >= ctInfo.establishedReply && how < ctInfo.untracked
  const named = original ?? here
  return {
    key: named && keyIn(named, flow?.zone ?? 0),
    here,
    tuple: isReply && here !== undefined ? (mirror(here) ?? here) : here,
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

/** The tuple of a flow's first packets: that of the packet itself where nothing is translated, as in most. */
function originalOf({ original }: Flow, here: Tuple | undefined): Tuple | undefined {
  const { protocol, icmp } = original
  const [source, destination] = [endOf(original.source), endOf(original.destination)]
  if (protocol === undefined || source === undefined || destination === undefined) return undefined
  if (icmp !== undefined) {
    const { id = 0, type = 0, code = 0 } = icmp
    return { protocol, source, destination, icmp: { id, type, code } }
  }
  const isHere =
    here !== undefined &&
    protocol === here.protocol &&
    isSame(source, here.source) &&
    isSame(destination, here.destination)
  return isHere ? here : { protocol, source, destination }
}

function endOf({ address, port }: FlowEnd): TupleEnd | undefined {
  return address === undefined ? undefined : { address, port }
}

const isSame = (one: TupleEnd, other: TupleEnd): boolean => one.address === other.address && one.port === other.port
