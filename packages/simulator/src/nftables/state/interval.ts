import { type NftElement, nftFlags } from '@nfkit/netlink-codec/nftables'

const { element: flags } = nftFlags
const noKey = new Uint8Array(0)

/** Which keys an element is about. */
export interface Interval {
  readonly key: Uint8Array
  /** Last key of an interval over a concatenation. */
  readonly keyEnd: Uint8Array | undefined
  readonly isIntervalEnd: boolean
  readonly isCatchall: boolean
}

/** Which keys a message's element is about. */
export const intervalOf = (value: NftElement): Interval => ({
  key: value.key?.value?.slice() ?? noKey,
  keyEnd: value.keyEnd?.value?.slice(),
  isIntervalEnd: ((value.flags ?? 0) & flags.intervalEnd) !== 0,
  isCatchall: ((value.flags ?? 0) & flags.catchall) !== 0,
})
