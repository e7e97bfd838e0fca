import type { NftObject } from '@nfkit/netlink-codec/nftables'
import type { NftChainState, Step } from './chain.ts'
import type { NftSetState } from './set.ts'

/** An object rules refer to by name (struct nft_object). */
export interface NftObjectState {
  readonly handle: bigint
  readonly name: string
  readonly type: number
  /** What it does, with its counts. */
  value: NftObject
  /** What it does to a packet; `undefined` of an object that is not simulated. */
  readonly step: Step | undefined
  /** Rules and elements that refer to it. */
  references: number
}

/** One table (struct nft_table, include/net/netfilter/nf_tables.h). */
export class NftTableState {
  /** Family of its packets: `NFPROTO_*`. */
  readonly family: number
  readonly name: string
  readonly handle: bigint
  readonly userdata: Uint8Array | undefined
  flags: number
  /** Port id of the socket it belongs to; 0 for none. */
  owner: number
  readonly chains = new Map<string, NftChainState>()
  readonly sets = new Map<string, NftSetState>()
  /** By type and name: several types may share a name. */
  readonly objects = new Map<string, NftObjectState>()
  #lastHandle = 0n

  constructor(
    family: number,
    name: string,
    handle: bigint,
    flags: number,
    owner: number,
    userdata: Uint8Array | undefined,
  ) {
    this.family = family
    this.name = name
    this.handle = handle
    this.flags = flags
    this.owner = owner
    this.userdata = userdata
  }

  /** Chains, rules, sets and objects are numbered together; a number is never used again. */
  nextHandle(): bigint {
    this.#lastHandle += 1n
    return this.#lastHandle
  }

  chainBy(handle: bigint): NftChainState | undefined {
    return [...this.chains.values()].find((chain) => chain.handle === handle)
  }

  setBy(handle: bigint): NftSetState | undefined {
    return [...this.sets.values()].find((set) => set.handle === handle)
  }

  /** What is in it; sets without a name are their rules'. */
  get use(): number {
    const sets = [...this.sets.values()].filter((set) => !set.isAnonymous)
    return this.chains.size + sets.length + this.objects.size
  }
}

/** The key of an object in its table. */
export const objectKey = (type: number, name: string): string => `${type} ${name}`
