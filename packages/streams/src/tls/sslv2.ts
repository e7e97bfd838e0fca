import { be16 } from '@nfkit/inet/bytes'
import type { ByteQueue } from '../reader/byte-queue.ts'
import { Cursor } from '../reader/cursor.ts'
import { take } from '../reader/reader.ts'
import type { ClientHello } from './client-hello.ts'
import { refuse } from './problem.ts'

const clientHello = 1
/** Suites have three bytes: those of TLS begin with 0. */
const suiteSize = 3

const truncated = (at: number): never => refuse('truncated', at)

/**
 * A hello in the form of SSL 2 (RFC 5246, E.2), which OpenSSL and GnuTLS parse to this day; `undefined` when the stream begins otherwise.
 * Nothing is taken then.
 */
export function* readOldHello(input: ByteQueue, most: number): Generator<undefined, ClientHello | undefined, void> {
  while (input.length === 0) yield
  if (input.at(0) < 0x80) return undefined
  const header = yield* take(input, 3)
  const length = be16(header, 0) & 0x7fff
  if (header[2] !== clientHello || length === 0) refuse('notTls', 0)
  if (length > most) refuse('tooLong', 0)
  const body = yield* take(input, length - 1)
  const hello = new Cursor(body, 0, body.length, truncated)
  const legacyVersion = hello.u16()
  const [suites, sessionId, challenge] = [hello.u16(), hello.u16(), hello.u16()]
  if (suites % suiteSize !== 0) refuse('truncated', 3)
  const ciphers: number[] = []
  const list = hello.part(suites)
  while (list.left > 0) {
    const kind = list.u8()
    const suite = list.u16()
    if (kind === 0) ciphers.push(suite)
  }
  hello.skip(sessionId + challenge)
  if (hello.left > 0) refuse('trailing', hello.at)
  return {
    transport: 'tcp',
    serverName: undefined,
    sentServerName: undefined,
    alpn: [],
    versions: [legacyVersion],
    legacyVersion,
    ciphers,
    extensions: [],
    groups: [],
    keyShares: [],
    signatureAlgorithms: [],
    ech: undefined,
    odd: ['sslv2'],
  }
}
