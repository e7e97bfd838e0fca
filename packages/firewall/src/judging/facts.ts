import { protocolName, type Tuple, type TupleEnd } from '@nfkit/inet'
import type { Packet } from '@nfkit/nfqueue'
import type { OwnedPacket } from '@nfkit/sockets'
import { type FirewallHook, firewallHooks } from '../rules/hooks.ts'
import type { Identity } from './identity.ts'

/** To this host, from it, or through it. */
export type ConnectionDirection = 'in' | 'out' | 'through'

const directions: { readonly [hook in FirewallHook]: ConnectionDirection } = {
  input: 'in',
  output: 'out',
  forward: 'through',
}

/** What a packet tells of its connection: data that outlives it. */
export interface Facts {
  /** Where it goes: the direction of its first packets, whichever packet is judged. */
  readonly direction: ConnectionDirection
  /** Layer-4 protocol by name; `protocol 200` for a number without one. */
  readonly protocol: string
  /** Who began it, as packets have it at this hook; `undefined` of a packet that belongs to no connection. */
  readonly source: TupleEnd | undefined
  /** Who it was begun with, as packets have it at this hook: behind any translation of the destination. */
  readonly destination: TupleEnd | undefined
  /** Who it was begun with by who began it: before any translation. The same as `destination` where there is none, or the kernel does not tell. */
  readonly originalDestination: TupleEnd | undefined
  /** The interface its first packets come in on; `undefined` of those made here. */
  readonly inInterface: string | undefined
  /** The interface its first packets go out on; `undefined` of those that end here. */
  readonly outInterface: string | undefined
  /** Whether it begins now; `false` of one that was there before, and is judged anew. */
  readonly isNew: boolean
  /** Whether the kernel follows it. What it does not follow is judged packet by packet. */
  readonly isTracked: boolean
  /** The tuple of its first packets here. */
  readonly tuple: Tuple | undefined
  /** The same before any translation, where the kernel tells. */
  readonly original: Tuple | undefined
  /** What says whose it is. */
  readonly owned: OwnedPacket
}

/** Returns what a packet tells of its connection. */
export function factsOf(packet: Packet, identity: Identity): Facts {
  const { hook, tuple: here, indev, indevName, outdevName, ip } = packet
  const { tuple, original, isReply, isNew, isTracked } = identity
  const met = hook as FirewallHook
  const number = ip?.protocol ?? 0
  return {
    direction: directions[isReply ? firewallHooks[met] : met],
    protocol: protocolName(typeof tuple?.protocol === 'number' ? tuple.protocol : number),
    source: tuple?.source,
    destination: tuple?.destination,
    originalDestination: original?.destination ?? tuple?.destination,
    inInterface: isReply ? outdevName : indevName,
    outInterface: isReply ? indevName : outdevName,
    isNew,
    isTracked,
    tuple,
    original,
    owned: { hook, tuple: here, indev, ip: ip && { protocol: number } },
  }
}
