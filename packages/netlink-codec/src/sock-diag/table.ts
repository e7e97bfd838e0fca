/** Sockets (include/uapi/linux/inet_diag.h, net/ipv4/inet_diag.c). All numbers here are in host order. */

import { ipProtocol } from '@nfkit/inet'
import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { bits, bytes, hex, named, nest, struct, text, u8, u32, u64 } from '../schema/type.ts'

/** Bits of the first byte of `struct inet_diag_sockopt`, as little-endian machines lay them out. */
const socketOptions = {
  recverr: 0x01,
  isIcsk: 0x02,
  freebind: 0x04,
  hdrincl: 0x08,
  mcLoop: 0x10,
  transparent: 0x20,
  mcAll: 0x40,
  nodefrag: 0x80,
} as const
const moreSocketOptions = { bindAddressNoPort: 0x01, recverrRfc4884: 0x02, deferConnect: 0x04 } as const

/** `INET_DIAG_REQ_*`: attributes of a request. */
export const socketFilter = table('INET_DIAG_REQ', '2.6.14', 'Which sockets a dump is to have. Host order.', {
  bytecode: attr(1, bytes(), 'a program of struct inet_diag_bc_op that decides on each socket'),
  skBpfStorages: attr(2, bytes(), 'which BPF storages to tell of', { since: '5.7' }),
  protocol: attr(3, u32, 'layer-4 protocol number where it exceeds 255: MPTCP is 262', { since: '5.9' }),
})
/** Attributes of a question about sockets. */
export interface SocketFilter extends Infer<typeof socketFilter> {}

/** `INET_ULP_INFO_*`: what runs on top of a TCP connection. */
export const socketUlp = table('INET_ULP_INFO', '5.4', 'What runs on top of a TCP connection.', {
  name: attr(1, text(), 'its name: tls, mptcp'),
  tls: attr(2, bytes(), 'of TLS: a nest of TLS_INFO_*'),
  mptcp: attr(3, bytes(), 'of MPTCP: a nest of MPTCP_SUBFLOW_ATTR_*', { since: '5.7' }),
})
/** Name of the protocol on top of a TCP connection, and what it tells of itself. */
export interface SocketUlp extends Infer<typeof socketUlp> {}

/** `INET_DIAG_*`: attributes of a socket. */
export const socket = table(
  'INET_DIAG',
  '2.6.14',
  'A socket. What is not marked is told when bit id − 1 of the request asks for it. Host order.',
  {
    meminfo: attr(1, struct({ rmem: u32, wmem: u32, fmem: u32, tmem: u32 }), 'bytes of memory'),
    info: attr(2, bytes(), 'struct tcp_info, or that of the protocol: longer in newer kernels'),
    vegasinfo: attr(3, struct({ enabled: u32, rttcnt: u32, rtt: u32, minrtt: u32 }), 'of congestion control Vegas'),
    cong: attr(4, text(), 'name of the congestion control'),
    tos: attr(5, hex(u8), 'type of service', { since: '3.3' }),
    tclass: attr(6, hex(u8), 'traffic class', { since: '3.3' }),
    skmeminfo: attr(
      7,
      struct({
        rmemAlloc: u32,
        rcvbuf: u32,
        wmemAlloc: u32,
        sndbuf: u32,
        fwdAlloc: u32,
        wmemQueued: u32,
        optmem: u32,
        backlog: u32,
        drops: u32,
      }),
      'bytes in buffers, their sizes, and packets dropped',
      { since: '3.3' },
    ),
    shutdown: attr(8, bits(u8, { receive: 1, send: 2 }), 'directions that were shut down; told unasked', {
      since: '3.8',
    }),
    dctcpinfo: attr(9, bytes(16), 'of congestion control DCTCP; asked for by the bit of VEGASINFO', { since: '3.18' }),
    protocol: attr(10, named(u8, ipProtocol), 'layer-4 protocol number, in events', { since: '4.2' }),
    skv6only: attr(11, u8, 'whether an IPv6 socket refuses IPv4; told unasked of those that listen, and of UDP', {
      since: '4.3',
    }),
    locals: attr(12, bytes(), 'of SCTP: local addresses, struct sockaddr_storage each', { since: '4.7' }),
    peers: attr(13, bytes(), 'of SCTP: addresses of the peer, struct sockaddr_storage each', { since: '4.7' }),
    mark: attr(15, hex(u32), 'mark of the socket; told unasked, with CAP_NET_ADMIN', { since: '4.9' }),
    bbrinfo: attr(
      16,
      struct({ bwLo: u32, bwHi: u32, minRtt: u32, pacingGain: u32, cwndGain: u32 }),
      'of congestion control BBR; asked for by the bit of VEGASINFO',
      { since: '4.9' },
    ),
    classId: attr(17, hex(u32), 'net_cls class or priority; asked for by the bit of TCLASS', { since: '4.14' }),
    md5sig: attr(18, bytes(), 'keys of TCP MD5 signatures; told unasked, with CAP_NET_ADMIN', { since: '4.14' }),
    ulpInfo: attr(19, nest<SocketUlp>(socketUlp), 'what runs on top; told unasked, with CAP_NET_ADMIN', {
      since: '5.4',
    }),
    skBpfStorages: attr(20, bytes(), 'BPF storages, which the request asked for by an attribute', { since: '5.7' }),
    cgroupId: attr(21, u64, 'inode of the cgroup2 directory the socket was made in; told unasked', { since: '5.8' }),
    sockopt: attr(
      22,
      struct({ options: bits(u8, socketOptions), more: bits(u8, moreSocketOptions) }),
      'socket options; told unasked',
      { since: '5.10' },
    ),
  },
  { pad: 14 },
)
/** Attributes of a socket: each is absent where the kernel has nothing to tell or was not asked. */
export interface Socket extends Infer<typeof socket> {}
