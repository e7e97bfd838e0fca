/** A named timeout policy (struct nf_ct_timeout). */
export interface TimeoutObject {
  readonly name: string
  readonly l3proto: number
  readonly l4proto: number
  /** Seconds by id, in the table of the protocol. */
  timeouts: number[]
  /** Rules that use it. */
  users: number
}
