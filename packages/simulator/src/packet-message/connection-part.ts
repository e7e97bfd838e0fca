/** What the message says of a packet's connection, where the queue or the group asked for it. */
export interface ConnectionPart {
  /** The attributes of NFQA_CT, or NFULA_CT. A view, until the next is made. */
  readonly bytes: Uint8Array
  readonly info: number
}
