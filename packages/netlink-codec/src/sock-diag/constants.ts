/** Sockets as the kernel tells of them: numbers and bits. */

/** `TCP_*` of include/net/tcp_states.h: the state of a socket. UDP has `established` for connected ones and `close` for others. */
export const socketState = {
  established: 1,
  synSent: 2,
  synRecv: 3,
  finWait1: 4,
  finWait2: 5,
  timeWait: 6,
  close: 7,
  closeWait: 8,
  lastAck: 9,
  listen: 10,
  closing: 11,
  newSynRecv: 12,
  boundInactive: 13,
} as const

/** `SKNLGRP_*`: multicast groups, which tell of sockets that are gone (include/uapi/linux/sock_diag.h). */
export const socketGroup = {
  inetTcpDestroy: 1,
  inetUdpDestroy: 2,
  inet6TcpDestroy: 3,
  inet6UdpDestroy: 4,
} as const

/** Half of a socket's cookie in a request for a socket of any: `INET_DIAG_NOCOOKIE` (include/uapi/linux/inet_diag.h). */
export const noCookie = 0xffff_ffff
