import type { DatatypeName } from '../datatype/datatype.ts'

/** Where a header begins in the packet, for the kernel (`enum nft_payload_bases`). */
export type Base = 'link' | 'network' | 'transport'

/** A field of a header: its type, the bits before it from the header's start, and its bits. */
export type Field = readonly [type: DatatypeName, offset: number, bits: number]

/** The fields of a protocol's header, by nft's names (src/proto.c of nftables). */
export interface Header {
  readonly base: Base
  readonly fields: { readonly [field: string]: Field }
}

const ports = { sport: ['inet_service', 0, 16], dport: ['inet_service', 16, 16] } as const

/** The headers that conditions look into. */
export const headers = {
  ether: {
    base: 'link',
    fields: { daddr: ['ether_addr', 0, 48], saddr: ['ether_addr', 48, 48], type: ['ether_type', 96, 16] },
  },
  // A tag stands behind the Ethernet header, whose type then says so.
  vlan: {
    base: 'link',
    fields: {
      pcp: ['integer', 112, 3],
      dei: ['integer', 115, 1],
      id: ['integer', 116, 12],
      type: ['ether_type', 128, 16],
    },
  },
  arp: {
    base: 'network',
    fields: {
      htype: ['integer', 0, 16],
      ptype: ['ether_type', 16, 16],
      hlen: ['integer', 32, 8],
      plen: ['integer', 40, 8],
      operation: ['arp_op', 48, 16],
      'saddr ether': ['ether_addr', 64, 48],
      'saddr ip': ['ipv4_addr', 112, 32],
      'daddr ether': ['ether_addr', 144, 48],
      'daddr ip': ['ipv4_addr', 192, 32],
    },
  },
  ip: {
    base: 'network',
    fields: {
      version: ['integer', 0, 4],
      hdrlength: ['integer', 4, 4],
      dscp: ['dscp', 8, 6],
      ecn: ['ecn', 14, 2],
      length: ['integer', 16, 16],
      id: ['integer', 32, 16],
      'frag-off': ['integer', 51, 13],
      ttl: ['integer', 64, 8],
      protocol: ['inet_proto', 72, 8],
      checksum: ['integer', 80, 16],
      saddr: ['ipv4_addr', 96, 32],
      daddr: ['ipv4_addr', 128, 32],
    },
  },
  ip6: {
    base: 'network',
    fields: {
      version: ['integer', 0, 4],
      dscp: ['dscp', 4, 6],
      ecn: ['ecn', 10, 2],
      flowlabel: ['integer', 12, 20],
      length: ['integer', 32, 16],
      nexthdr: ['inet_proto', 48, 8],
      hoplimit: ['integer', 56, 8],
      saddr: ['ipv6_addr', 64, 128],
      daddr: ['ipv6_addr', 192, 128],
    },
  },
  tcp: {
    base: 'transport',
    fields: {
      ...ports,
      sequence: ['integer', 32, 32],
      ackseq: ['integer', 64, 32],
      doff: ['integer', 96, 4],
      reserved: ['integer', 100, 4],
      flags: ['tcp_flag', 104, 8],
      window: ['integer', 112, 16],
      checksum: ['integer', 128, 16],
      urgptr: ['integer', 144, 16],
    },
  },
  udp: { base: 'transport', fields: { ...ports, length: ['integer', 32, 16], checksum: ['integer', 48, 16] } },
  udplite: { base: 'transport', fields: { ...ports, csumcov: ['integer', 32, 16], checksum: ['integer', 48, 16] } },
  sctp: { base: 'transport', fields: { ...ports, vtag: ['integer', 32, 32], checksum: ['integer', 64, 32] } },
  dccp: { base: 'transport', fields: ports },
  icmp: {
    base: 'transport',
    fields: { type: ['icmp_type', 0, 8], code: ['icmp_code', 8, 8], checksum: ['integer', 16, 16] },
  },
  icmpv6: {
    base: 'transport',
    fields: { type: ['icmpv6_type', 0, 8], code: ['icmpv6_code', 8, 8], checksum: ['integer', 16, 16] },
  },
  th: { base: 'transport', fields: ports },
} as const satisfies { readonly [header: string]: Header }

/** A protocol whose header conditions look into, in nft's words. */
export type HeaderName = keyof typeof headers
