/** Expressions that load a register from the packet and from what the kernel knows of it; some write what a register holds. */

import { attr, table } from '../../schema/table.ts'
import { be32, bits, u8, word } from '../../schema/type.ts'
import { dataNest, nftName } from '../data.ts'
import { nftFlags } from '../flags.ts'

const dreg = attr(1, be32, 'register to load')

export const immediate = table('NFTA_IMMEDIATE', '3.13', 'Loads a constant, or gives a verdict.', {
  dreg: attr(1, be32, 'register to load; 0 for a verdict'),
  data: attr(2, dataNest, 'the constant'),
})

export const meta = table('NFTA_META', '3.13', 'Loads or sets what the kernel knows of a packet.', {
  dreg,
  key: attr(
    2,
    word(be32, {
      len: 0,
      protocol: 1,
      priority: 2,
      mark: 3,
      iif: 4,
      oif: 5,
      iifname: 6,
      oifname: 7,
      iiftype: 8,
      oiftype: 9,
      skuid: 10,
      skgid: 11,
      nftrace: 12,
      rtclassid: 13,
      secmark: 14,
      nfproto: 15,
      l4proto: 16,
      briIifname: 17,
      briOifname: 18,
      pkttype: 19,
      cpu: 20,
      iifgroup: 21,
      oifgroup: 22,
      cgroup: 23,
      prandom: 24,
      secpath: 25,
      iifkind: 26,
      oifkind: 27,
      briIifpvid: 28,
      briIifvproto: 29,
      timeNs: 30,
      timeDay: 31,
      timeHour: 32,
      sdif: 33,
      sdifname: 34,
      briBroute: 35,
    }),
    'what',
  ),
  sreg: attr(3, be32, 'register to set it from', { since: '3.14' }),
})

export const payload = table('NFTA_PAYLOAD', '3.13', 'Loads or writes bytes of the packet.', {
  dreg,
  base: attr(
    2,
    word(be32, { llHeader: 0, networkHeader: 1, transportHeader: 2, innerHeader: 3, tunHeader: 4 }),
    'header the offset counts from',
  ),
  offset: attr(3, be32, 'bytes from there'),
  len: attr(4, be32, 'bytes'),
  sreg: attr(5, be32, 'register to write from', { since: '4.5' }),
  csumType: attr(6, word(be32, { none: 0, inet: 1, sctp: 2 }), 'checksum to mend', { since: '4.5' }),
  csumOffset: attr(7, be32, 'where it is, in bytes from the header', { since: '4.5' }),
  csumFlags: attr(8, bits(be32, nftFlags.payload), 'mend that of layer 4, too', { since: '4.10' }),
})

export const exthdr = table('NFTA_EXTHDR', '3.13', 'Loads, writes or removes an extension header or option.', {
  dreg,
  type: attr(2, u8, 'header or option'),
  offset: attr(3, be32, 'bytes from its start'),
  len: attr(4, be32, 'bytes'),
  flags: attr(5, bits(be32, nftFlags.exthdr), 'load whether it is there', { since: '4.11' }),
  op: attr(6, word(be32, { ipv6: 0, tcpopt: 1, ipv4: 2, sctp: 3, dccp: 4 }), 'of what', { since: '4.11' }),
  sreg: attr(7, be32, 'register to write from', { since: '4.14' }),
})

export const ct = table('NFTA_CT', '3.13', 'Loads or sets what the kernel knows of the connection.', {
  dreg,
  key: attr(
    2,
    word(be32, {
      state: 0,
      direction: 1,
      status: 2,
      mark: 3,
      secmark: 4,
      expiration: 5,
      helper: 6,
      l3protocol: 7,
      src: 8,
      dst: 9,
      protocol: 10,
      protoSrc: 11,
      protoDst: 12,
      labels: 13,
      pkts: 14,
      bytes: 15,
      avgpkt: 16,
      zone: 17,
      eventmask: 18,
      srcIp: 19,
      dstIp: 20,
      srcIp6: 21,
      dstIp6: 22,
      id: 23,
    }),
    'what',
  ),
  direction: attr(3, word(u8, { original: 0, reply: 1 }), 'of which direction, where there are two'),
  sreg: attr(4, be32, 'register to set it from', { since: '3.14' }),
})

export const fib = table('NFTA_FIB', '4.10', 'Loads what the routing tables say.', {
  dreg,
  result: attr(2, word(be32, { unspec: 0, oif: 1, oifname: 2, addrtype: 3 }), 'what they say'),
  flags: attr(3, bits(be32, nftFlags.fib), 'what they are asked for'),
})

export const rt = table('NFTA_RT', '4.10', 'Loads what is known of the route of a packet.', {
  dreg,
  key: attr(2, word(be32, { classid: 0, nexthop4: 1, nexthop6: 2, tcpmss: 3, xfrm: 4 }), 'what'),
})

export const socket = table('NFTA_SOCKET', '4.18', 'Loads what is known of the local socket.', {
  key: attr(1, word(be32, { transparent: 0, mark: 1, wildcard: 2, cgroupv2: 3 }), 'what'),
  dreg: attr(2, be32, 'register to load'),
  level: attr(3, be32, 'which ancestor of the cgroup, counted from the root', { since: '5.13' }),
})

export const numgen = table('NFTA_NG', '4.9', 'Loads a number that is counted up or random.', {
  dreg,
  modulus: attr(2, be32, 'the number is below it'),
  type: attr(3, word(be32, { incremental: 0, random: 1 }), 'how it is made'),
  offset: attr(4, be32, 'added to it', { since: '4.10' }),
  setName: attr(5, nftName, 'obsolete', { since: '4.20' }),
  setId: attr(6, be32, 'obsolete', { since: '4.20' }),
})

export const hash = table('NFTA_HASH', '4.9', 'Loads a hash.', {
  sreg: attr(1, be32, 'register to hash'),
  dreg: attr(2, be32, 'register to load'),
  len: attr(3, be32, 'bytes to hash'),
  modulus: attr(4, be32, 'the hash is below it'),
  seed: attr(5, be32, 'start of the hash; random when absent'),
  offset: attr(6, be32, 'added to it', { since: '4.10' }),
  type: attr(7, word(be32, { jenkins: 0, sym: 1 }), 'of a register, or of the flow, alike in both directions', {
    since: '4.12',
  }),
  setName: attr(8, nftName, 'obsolete', { since: '4.20' }),
  setId: attr(9, be32, 'obsolete', { since: '4.20' }),
})

export const osf = table('NFTA_OSF', '4.19', 'Loads a guess at the operating system of the sender.', {
  dreg,
  ttl: attr(2, u8, 'how the TTL is compared'),
  flags: attr(3, bits(be32, nftFlags.osf), 'load its version, too', { since: '5.2' }),
})

export const tunnelKey = table('NFTA_TUNNEL', '4.19', 'Loads what is known of the tunnel a packet came through.', {
  key: attr(1, word(be32, { path: 0, id: 1 }), 'what'),
  dreg: attr(2, be32, 'register to load'),
  mode: attr(3, word(be32, { none: 0, rx: 1, tx: 2 }), 'of which direction'),
})

export const xfrm = table('NFTA_XFRM', '4.20', 'Loads what is known of the IPsec transformation of a packet.', {
  dreg,
  key: attr(2, word(be32, { unspec: 0, daddrIp4: 1, daddrIp6: 2, saddrIp4: 3, saddrIp6: 4, reqid: 5, spi: 6 }), 'what'),
  dir: attr(3, word(u8, { in: 0, out: 1, fwd: 2 }), 'of which direction'),
  spnum: attr(4, be32, 'which of several, counted from 0'),
})
