import type { DatatypeName } from '../datatype/datatype.ts'

/** What the kernel knows of a packet: the key it has for it, the type and, of an `integer`, its bytes and their order where that is the machine's. */
export type Key = readonly [key: string, type: DatatypeName, length?: number, order?: 'host']

/** Keys of `meta` that are written after the word `meta` (meta_templates, src/meta.c of nftables). */
export const metaKeys = {
  length: ['len', 'integer', 4, 'host'],
  protocol: ['protocol', 'ether_type'],
  priority: ['priority', 'classid'],
  mark: ['mark', 'mark'],
  skuid: ['skuid', 'uid'],
  skgid: ['skgid', 'gid'],
  nftrace: ['nftrace', 'integer', 1],
  rtclassid: ['rtclassid', 'realm'],
  nfproto: ['nfproto', 'nf_proto'],
  l4proto: ['l4proto', 'inet_proto'],
  pkttype: ['pkttype', 'pkt_type'],
  cpu: ['cpu', 'integer', 4, 'host'],
  cgroup: ['cgroup', 'integer', 4, 'host'],
} as const satisfies { readonly [word: string]: Key }

/** Keys of `meta` that are written without that word. */
export const interfaceKeys = {
  iif: ['iif', 'iface_index'],
  oif: ['oif', 'iface_index'],
  iifname: ['iifname', 'ifname'],
  oifname: ['oifname', 'ifname'],
  iiftype: ['iiftype', 'iface_type'],
  oiftype: ['oiftype', 'iface_type'],
  iifgroup: ['iifgroup', 'devgroup'],
  oifgroup: ['oifgroup', 'devgroup'],
} as const satisfies { readonly [word: string]: Key }

/** Keys of `ct` that are the same in both directions (ct_templates, src/ct.c of nftables). */
export const ctKeys = {
  state: ['state', 'ct_state'],
  direction: ['direction', 'ct_dir'],
  status: ['status', 'ct_status'],
  mark: ['mark', 'mark'],
  helper: ['helper', 'string'],
  zone: ['zone', 'integer', 2, 'host'],
  id: ['id', 'integer', 4],
  packets: ['pkts', 'integer', 8, 'host'],
  bytes: ['bytes', 'integer', 8, 'host'],
  avgpkt: ['avgpkt', 'integer', 8, 'host'],
} as const satisfies { readonly [word: string]: Key }

/** Keys of `ct` that belong to one direction, written after `original` or `reply`. */
export const ctDirectionKeys = {
  'ip saddr': ['srcIp', 'ipv4_addr'],
  'ip daddr': ['dstIp', 'ipv4_addr'],
  'ip6 saddr': ['srcIp6', 'ipv6_addr'],
  'ip6 daddr': ['dstIp6', 'ipv6_addr'],
  protocol: ['protocol', 'inet_proto'],
  'proto-src': ['protoSrc', 'inet_service'],
  'proto-dst': ['protoDst', 'inet_service'],
  packets: ['pkts', 'integer', 8, 'host'],
  bytes: ['bytes', 'integer', 8, 'host'],
  avgpkt: ['avgpkt', 'integer', 8, 'host'],
} as const satisfies { readonly [word: string]: Key }

/** What `fib` finds (src/fib.c of nftables). */
export const fibResults = {
  oif: ['oif', 'iface_index'],
  oifname: ['oifname', 'ifname'],
  type: ['addrtype', 'fib_addrtype'],
} as const satisfies { readonly [word: string]: Key }

/** What `fib` looks an address up by, beside the address. */
export const fibInputs = ['mark', 'iif', 'oif'] as const
