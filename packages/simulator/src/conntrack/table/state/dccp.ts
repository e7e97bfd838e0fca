/** State of a DCCP connection (struct nf_ct_dccp). */
export interface DccpTrack {
  /** A value of `dccpState`. */
  state: number
  /** Of the original direction: 0 client, 1 server. The reply direction has the other one. */
  role: number
  /** Sequence number of the response that the client has to acknowledge. */
  handshakeSeq: bigint
  /** The packet before: its type, and whether it went in the reply direction. */
  readonly last: { type: number; reply: boolean }
}

export const newDccpTrack = (): DccpTrack => ({ state: 0, role: 0, handshakeSeq: 0n, last: { type: 0, reply: false } })
