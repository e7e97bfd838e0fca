/**
 * Hellos in the Initial packets of QUIC, versions 1 and 2: decrypted, and joined over datagrams. Start with `QuicReader`.
 *
 * @module
 */
export { ReadError, type ReadProtocol } from '../reader/error.ts'
export type { ClientHello } from '../tls/client-hello.ts'
export type { TlsOddity } from '../tls/oddity.ts'
export type { ServerHello } from '../tls/server-hello.ts'
export type { QuicCipher, SyncQuicCipher } from './cipher.ts'
export type { HelloOf } from './connection.ts'
export { type QuicProblem, quicProblems } from './problem.ts'
export { type QuicOptions, QuicReader } from './reader.ts'
export type { QuicSide } from './secrets.ts'
