import type { Disagreement } from './comparison.ts'

/** A kind of disagreement whose reason is known. */
export interface Explanation {
  readonly name: string
  /** Who is right, and why. */
  readonly says: string
  readonly applies: (disagreement: Disagreement) => boolean
}

const isOneOf = (names: readonly string[], name: string | undefined): boolean =>
  name !== undefined && names.includes(name)

/** The bytes a transport needs for a view. */
const needed: { readonly [transport: string]: number } = { tcp: 20, udp: 8, icmp: 8, icmpv6: 8, sctp: 12 }

/** In this order: the first that applies counts. */
export const explanations: readonly Explanation[] = [
  {
    name: 'another link layer',
    says: 'Linux gives IP rules no packet from there: tunnels, MPLS, LLC and SNAP, and link types that no Linux interface has',
    applies: ({ field, reading }) => field === 'network' && reading !== undefined && reading.frame === undefined,
  },
  {
    name: 'no packet for a kernel',
    says: 'the IP header is cut off, of no known version, or shorter than itself: Linux drops it, tshark shows what there is',
    applies: ({ field, reading }) => field === 'network' && reading?.frame !== undefined && reading.ip === undefined,
  },
  {
    name: 'a transport header that is cut off',
    says: 'there is no view of half a header; tshark shows the fields that are there',
    applies: ({ field, ours, theirs, reading }) =>
      field === 'transport' &&
      ours === 'other' &&
      reading?.ip !== undefined &&
      reading.ip.payloadStart + (needed[theirs] ?? 0) > reading.ip.end,
  },
  {
    name: 'a checksum that UDP over IPv6 does not have',
    says: '`invalid`, as RFC 8200 and Linux have it; tshark has a word of its own, illegal',
    applies: ({ field, theirs, ours }) => isOneOf(['udp.checksum.status'], field) && theirs === '4' && ours === '0',
  },
]
