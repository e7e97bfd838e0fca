import { ReadError } from '../reader/error.ts'

/** Why a datagram of QUIC, or what its packets carry, is not read. Mistakes that only a damaged packet has are no problem: it is ignored. */
export const quicProblems = {
  notQuic: 'this is no Initial of QUIC: another protocol, or the middle of a connection',
  version: 'this version of QUIC has other keys: only versions 1 and 2 are read',
  small: 'a datagram with an Initial of a client has 1200 bytes at least: servers drop this one',
  reserved: 'reserved bits are set, or the packet is empty: peers close such a connection',
  frame: 'a frame that no Initial may carry, or one that is cut: peers close such a connection',
  overlap: 'two frames say different bytes of one place in the handshake',
  tooLong: 'the handshake is longer than this reader keeps: raise `most` to read it',
  tooManyPackets: 'more packets in one datagram than this reader opens, 8',
  tooManyConnections: 'more connections between these two ends than this reader follows, 4',
} as const

/** A key of `quicProblems`. */
export type QuicProblem = keyof typeof quicProblems

export function refuse(problem: QuicProblem, at: number): never {
  throw new ReadError('QUIC', problem, quicProblems[problem], at)
}
