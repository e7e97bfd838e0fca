/**
 * Hellos of TLS, read over records and segments: which host a client asks for, what it speaks, and which program it is. Start with
 * `clientHellos`.
 *
 * @module
 */
export type { Hash } from '../hash/sha256.ts'
export { ReadError, type ReadProtocol } from '../reader/error.ts'
export type { Reader } from '../reader/reader.ts'
export type { ClientHello } from './client-hello.ts'
export { ja4 } from './fingerprint.ts'
export { clientHellos, type HelloOptions, serverHellos } from './hellos.ts'
export { isGrease, tlsExtension, tlsGroup, tlsVersion } from './numbers.ts'
export { type TlsOddity, tlsOddities } from './oddity.ts'
export { type TlsProblem, tlsProblems } from './problem.ts'
export type { ServerHello } from './server-hello.ts'
