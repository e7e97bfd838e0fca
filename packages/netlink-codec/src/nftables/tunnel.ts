/** What an object of type tunnel sets (net/netfilter/nft_tunnel.c). */

import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { address, be16, be32, bits, bytes, listOf, nest, u8 } from '../schema/type.ts'
import { nftFlags } from './flags.ts'

const ip = table('NFTA_TUNNEL_KEY_IP', '4.19', 'Ends of a tunnel over IPv4.', {
  src: attr(1, address(4), 'this end'),
  dst: attr(2, address(4), 'the other end'),
})

const ip6 = table('NFTA_TUNNEL_KEY_IP6', '4.19', 'Ends of a tunnel over IPv6.', {
  src: attr(1, address(16), 'this end'),
  dst: attr(2, address(16), 'the other end'),
  flowlabel: attr(3, be32, 'flow label'),
})

const vxlan = table('NFTA_TUNNEL_KEY_VXLAN', '4.19', 'Options of VXLAN.', {
  gbp: attr(1, be32, 'group policy'),
})

const erspan = table('NFTA_TUNNEL_KEY_ERSPAN', '4.19', 'Options of ERSPAN.', {
  version: attr(1, be32, 'version: 1 or 2'),
  v1Index: attr(2, be32, 'of version 1: index of the port'),
  v2Hwid: attr(3, u8, 'of version 2: number of the machine'),
  v2Dir: attr(4, u8, 'of version 2: direction'),
})

const geneve = table('NFTA_TUNNEL_KEY_GENEVE', '5.7', 'An option of Geneve.', {
  class: attr(1, be16, 'class'),
  type: attr(2, u8, 'type'),
  data: attr(3, bytes(0, 128), 'data'),
})

const options = table('NFTA_TUNNEL_KEY_OPTS', '4.19', 'An option of the tunnel: one of these.', {
  vxlan: attr(1, nest<Infer<typeof vxlan>>(vxlan), 'of VXLAN'),
  erspan: attr(2, nest<Infer<typeof erspan>>(erspan), 'of ERSPAN'),
  geneve: attr(3, nest<Infer<typeof geneve>>(geneve), 'of Geneve', { since: '5.7' }),
})

/** `NFTA_TUNNEL_KEY_*`: the tunnel a packet is to go through. */
export const tunnel = table('NFTA_TUNNEL_KEY', '4.19', 'The tunnel a packet is to go through.', {
  id: attr(1, be32, 'its number'),
  ip: attr(2, nest<Infer<typeof ip>>(ip), 'its ends, over IPv4'),
  ip6: attr(3, nest<Infer<typeof ip6>>(ip6), 'its ends, over IPv6'),
  flags: attr(4, bits(be32, nftFlags.tunnel), 'flags'),
  tos: attr(5, u8, 'type of service'),
  ttl: attr(6, u8, 'time to live'),
  sport: attr(7, be16, 'source port'),
  dport: attr(8, be16, 'destination port'),
  opts: attr(9, listOf(options), 'options'),
})
