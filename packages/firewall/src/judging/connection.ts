import { formatTuple, protocolName, type Tuple, type TupleEnd } from '@nfkit/inet'
import type { Packet } from '@nfkit/nfqueue'
import type { OwnedPacket, Owner } from '@nfkit/sockets'
import { type FirewallHook, firewallHooks } from '../rules/hooks.ts'
import { type Identity, identityOf } from './identity.ts'

/** Finds out whose packet it is. */
export type FindOwner = (packet: OwnedPacket) => Promise<Owner>

/** To this host, from it, or through it. */
export type ConnectionDirection = 'in' | 'out' | 'through'

const directions: { readonly [hook in FirewallHook]: ConnectionDirection } = {
  input: 'in',
  output: 'out',
  forward: 'through',
}

/** A connection that is judged. All of it can be read for ever. */
export class JudgedConnection {
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
  /** Aborts when no answer is needed any more: the policy has changed, and the judge is asked again; or the firewall is closed. */
  readonly signal: AbortSignal
  /** @internal The tuple of its first packets here. */
  readonly tuple: Tuple | undefined
  /** @internal The same before any translation, where the kernel tells. */
  readonly original: Tuple | undefined
  readonly #packet: OwnedPacket
  readonly #findOwner: FindOwner
  #owner: Promise<Owner> | undefined

  /** @internal */
  constructor(packet: Packet, identity: Identity, signal: AbortSignal, findOwner: FindOwner) {
    const { hook, tuple, indev, indevName, outdevName, ip } = packet
    const { tuple: own, original, isReply } = identity
    const met = hook as FirewallHook
    this.direction = directions[isReply ? firewallHooks[met] : met]
    this.protocol = protocolName(numberOf(own, ip?.protocol))
    this.source = own?.source
    this.destination = own?.destination
    this.originalDestination = original?.destination ?? own?.destination
    this.inInterface = isReply ? outdevName : indevName
    this.outInterface = isReply ? indevName : outdevName
    this.isNew = identity.isNew
    this.isTracked = identity.isTracked
    this.signal = signal
    this.tuple = own
    this.original = original
    this.#packet = { hook, tuple, indev, ip: ip && { protocol: ip.protocol } }
    this.#findOwner = findOwner
  }

  /** @internal Of a packet that waits. */
  static of(packet: Packet, signal: AbortSignal, findOwner: FindOwner): JudgedConnection {
    return new JudgedConnection(packet, identityOf(packet), signal, findOwner)
  }

  /**
   * Whose it is on this host: which socket, and by it which user, unit and program (`Programs` of `@nfkit/sockets`). Asked once, and best
   * while the judge decides: the packet waits, and so its socket is there. Rejects with `NetlinkError` when the kernel refuses.
   */
  owner(): Promise<Owner> {
    this.#owner ??= this.#findOwner(this.#packet)
    return this.#owner
  }

  /** One line for people: `out tcp 192.0.2.7:40000 > 198.51.100.2:443`. */
  toString(): string {
    return `${this.direction} ${this.tuple === undefined ? this.protocol : formatTuple(this.tuple)}`
  }
}

const numberOf = (tuple: Tuple | undefined, byHeader = 0): number =>
  typeof tuple?.protocol === 'number' ? tuple.protocol : byHeader
