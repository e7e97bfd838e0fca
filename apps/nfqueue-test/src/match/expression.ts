/** Which end of a packet a condition is about. */
export type Side = 'source' | 'destination' | 'either' | 'both'

/** What a filter says, in the terms of pcap-filter. */
export type Expression =
  | { readonly kind: 'chain'; readonly first: Expression; readonly rest: readonly Link[] }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'version'; readonly version: 4 | 6 }
  | { readonly kind: 'protocol'; readonly version?: 4 | 6 | undefined; readonly number: number }
  | { readonly kind: 'multicast'; readonly version: 4 | 6 }
  | { readonly kind: 'network'; readonly side: Side; readonly address: Uint8Array; readonly mask: Uint8Array }
  | {
      readonly kind: 'ports'
      readonly side: Side
      /** One of TCP, UDP and SCTP; any of them when absent. */
      readonly protocol?: number | undefined
      readonly first: number
      readonly last: number
    }
  | { readonly kind: 'length'; readonly least: number; readonly most: number }

/** `and` and `or` bind alike, from left to right: a long filter is a long list, not a deep tree. */
export interface Link {
  readonly joint: 'and' | 'or'
  readonly of: Expression
}
