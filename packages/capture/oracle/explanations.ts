import type { Disagreement } from './comparison.ts'

/** A kind of disagreement whose reason is known. */
export interface Explanation {
  readonly name: string
  /** Who is right, and why. */
  readonly says: string
  readonly applies: (disagreement: Disagreement) => boolean
}

/** `LINKTYPE_SUNATM`. */
const sunAtm = 123

/** The bytes a transport needs for a view. */
const needed: { readonly [transport: string]: number } = { tcp: 20, udp: 8, icmp: 8, icmpv6: 8, sctp: 12 }

const frameSaysSo = 'though its frame says so'

/** In this order: the first that applies counts. */
export const explanations: readonly Explanation[] = [
  {
    name: 'a link type that tshark does not read',
    says: 'its records are read here, and skipped with their link type; tshark ends',
    applies: ({ field, theirs }) => field === 'records' && theirs.includes('unknown or unsupported'),
  },
  {
    name: 'a version of pcap that there is not',
    says: 'it is refused with advice, as libpcap refuses it; tshark reads on',
    applies: ({ field, ours }) => field === 'records' && ours.startsWith('0: unsupported: pcap version'),
  },
  {
    name: 'no packet for a kernel',
    says: 'the IP header is cut off, of another version than its frame says, or shorter than itself: Linux drops it, tshark shows what there is',
    applies: ({ field, reading }) =>
      field === 'network' &&
      reading?.ip === undefined &&
      (reading?.frame !== undefined || reading?.reason?.includes(frameSaysSo) === true),
  },
  {
    name: 'another link layer',
    says: 'Linux gives IP rules no packet from there: tunnels, MPLS, LLC and SNAP, and link types that no Linux interface has',
    applies: ({ field, reading }) => field === 'network' && reading !== undefined && reading.frame === undefined,
  },
  {
    name: 'a header in front of SUNATM',
    says: 'tshark takes four bytes off a record and its length; here they are what the file says',
    applies: ({ field, reading }) => reading?.record.linktype === sunAtm && field.startsWith('frame.'),
  },
  {
    name: 'a fraction of a second that is more than one',
    says: 'whole seconds in it are added; tshark shows it as it is, or cut to 32 bits',
    applies: ({ field, ours, theirs }) =>
      field === 'frame.time_epoch' && Math.trunc(Number(ours)) > Math.trunc(Number(theirs)),
  },
  {
    name: 'a length beyond 2³¹',
    says: 'what the file says; tshark shows 2,147,483,647',
    applies: ({ field, theirs }) => field === 'frame.len' && theirs === '2147483647',
  },
  {
    name: 'a super-packet of TCP',
    says: 'its length is 0, as the file has it; tshark puts the length of the frame there',
    applies: ({ field, ours, reading }) => field === 'ip.len' && ours === '0' && reading?.ip?.oversized === true,
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
    name: 'a length or offset that cannot be',
    says: 'Linux drops a datagram whose length is below 8 or above what there is, and a segment whose header is below 20 bytes or above what there is: there is no view',
    applies: ({ field, ours, theirs }) =>
      field === 'transport' && ours === 'other' && (theirs === 'udp' || theirs === 'tcp'),
  },
  {
    name: 'what an ICMP error quotes',
    says: 'the error itself has no such field; the first one that tshark finds is that of the packet inside',
    applies: ({ ours, reading }) =>
      ours === 'undefined' && ((reading?.ip?.icmp ?? reading?.ip?.icmpv6)?.isError ?? false),
  },
  {
    name: 'a packet of which bytes are missing',
    says: 'some that the checksum covers are not there, so it is `unknown`; tshark sums up what there is',
    applies: ({ field, ours, reading }) =>
      field.endsWith('.checksum.status') && ours === '2' && reading?.ip?.truncated === true,
  },
  {
    name: 'no checksum of UDP over IPv6',
    says: '`invalid`, as RFC 8200 and Linux have it; tshark has a word of its own, illegal',
    applies: ({ field, ours, theirs }) => field === 'udp.checksum.status' && ours === '0' && theirs === '4',
  },
]
