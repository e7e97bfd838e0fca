/**
 * NETLINK_SOCK_DIAG: sockets of IPv4 and IPv6, who owns them, and when they are gone.
 *
 * @module
 */
export { noCookie, socketGroup, socketState } from './sock-diag/constants.ts'
export { socketHeader, socketRequest } from './sock-diag/header.ts'
export {
  encodeSocketRequest,
  type SocketAnswer,
  type SocketQuestion,
  sockDiag,
  socketAttrsOf,
  socketMessage,
  socketOf,
} from './sock-diag/message.ts'
export { type Socket, type SocketFilter, type SocketUlp, socket, socketFilter, socketUlp } from './sock-diag/table.ts'
