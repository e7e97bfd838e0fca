import { ipProtocol } from '@nfkit/inet'
import { family } from '../nfnetlink/constants.ts'
import { be16, bits, bytes, named, struct, u8, u32 } from '../schema/type.ts'
import { socketState } from './constants.ts'

/** `struct inet_diag_sockid`: ports and addresses in network order (an IPv4 address is the first four bytes), the rest in host order. */
const socketId = {
  sport: be16,
  dport: be16,
  src: bytes(16),
  dst: bytes(16),
  interface: u32,
  cookie0: u32,
  cookie1: u32,
}

/** Bits of `idiag_states`: a dump has the sockets in these states. */
const stateBits = Object.fromEntries(Object.entries(socketState).map(([name, number]) => [name, 1 << number]))

/** `struct inet_diag_req_v2`: which sockets are asked for (include/uapi/linux/inet_diag.h). */
export const socketRequest = struct({
  family: named(u8, family),
  protocol: named(u8, ipProtocol),
  extensions: u8,
  rawProtocol: u8,
  states: bits(u32, stateBits),
  ...socketId,
})

/** `struct inet_diag_msg`: a socket (include/uapi/linux/inet_diag.h). */
export const socketHeader = struct({
  family: named(u8, family),
  state: named(u8, socketState),
  timer: u8,
  retransmissions: u8,
  ...socketId,
  expiresMilliseconds: u32,
  receiveQueue: u32,
  sendQueue: u32,
  uid: u32,
  inode: u32,
})
