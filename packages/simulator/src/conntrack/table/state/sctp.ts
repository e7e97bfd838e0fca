/** State of an SCTP association (struct ip_ct_sctp). Pairs are for the original direction and that of replies. */
export interface SctpTrack {
  /** A value of `sctpState`. */
  state: number
  /** The verification tags packets of each direction carry; 0 for one that is not known. */
  readonly tags: [number, number]
  /** Who sent an INIT that is not forgotten. */
  readonly began: [boolean, boolean]
  /** The direction of a heartbeat with a wrong tag: the answer may show that it was right. */
  doubted: 'original' | 'reply' | undefined
}

export const newSctpTrack = (): SctpTrack => ({ state: 0, tags: [0, 0], began: [false, false], doubted: undefined })
