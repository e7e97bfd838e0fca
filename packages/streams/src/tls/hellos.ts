import * as argument from '../reader/argument.ts'
import type { ByteQueue } from '../reader/byte-queue.ts'
import { type Parser, Reader } from '../reader/reader.ts'
import { type ClientHello, parseClientHello } from './client-hello.ts'
import { Handshake, messageType } from './handshake.ts'
import { parseServerHello, type ServerHello } from './server-hello.ts'
import { readOldHello } from './sslv2.ts'

/** How much a reader of hellos keeps. */
export interface HelloOptions {
  /** The longest hello that is read, in bytes: 16,384 unless said. Browsers send 2,100 at most; OpenSSL reads up to 131,396. */
  readonly most?: number
}

const usual = 16_384

/** A HelloRetryRequest makes it two in each direction. */
const mostHellos = 2

/**
 * Reads the hellos of a TLS client from the first byte of its stream on. A client sends one, and a second one after a HelloRetryRequest, which
 * may name another host: both are to be judged. The reader is done when the client goes on otherwise. It reads what servers read, over any number
 * of records; what only some servers read is `odd`.
 *
 * At most `most` bytes of a hello and one record of 16,389 bytes are kept, twice that while they grow. `push` throws a `ReadError` for a stream
 * that is no TLS or ends before its hello does, and for a hello that is malformed or too long. An option that cannot be
 * throws `TypeError` or `RangeError`.
 *
 * @example
 * import { parseHex } from '@nfkit/inet'
 * import { clientHellos } from '@nfkit/streams/tls'
 *
 * const record = parseHex(`1603010041 0100003d 0303${'00'.repeat(32)}00 00021301 0100
 *   0012 0000 000e 000c 00 0009 612e6578616d706c65`)!
 * const reader = clientHellos()
 * console.log(reader.push(record.subarray(0, 50))) // []
 * const [hello] = reader.push(record.subarray(50))
 * console.log(hello?.serverName, hello?.odd) // a.example []
 */
export function clientHellos(options: HelloOptions = {}): Reader<ClientHello> {
  const most = argument.most('clientHellos', options, usual)
  return new Reader((input) => clientHellosIn(input, most))
}

function* clientHellosIn(input: ByteQueue, most: number): Parser<ClientHello> {
  const old = yield* readOldHello(input, most)
  if (old) {
    yield old
    return
  }
  const handshake = new Handshake(input)
  for (let count = 0; count < mostHellos; count++) {
    const body = yield* handshake.message(messageType.clientHello, most)
    if (body === undefined) return
    yield parseClientHello(body, 'tcp', handshake.odd)
  }
}

/**
 * Reads the hellos of a TLS server from the first byte of its stream on: the ServerHello, and a HelloRetryRequest before it. Then the reader
 * is done. It keeps as much as `clientHellos`, and throws the same.
 */
export function serverHellos(options: HelloOptions = {}): Reader<ServerHello> {
  const most = argument.most('serverHellos', options, usual)
  return new Reader((input) => serverHellosIn(input, most))
}

function* serverHellosIn(input: ByteQueue, most: number): Parser<ServerHello> {
  const handshake = new Handshake(input)
  for (let count = 0; count < mostHellos; count++) {
    const body = yield* handshake.message(messageType.serverHello, most)
    if (body === undefined) return
    const hello = parseServerHello(body)
    yield hello
    if (!hello.isRetry) return
  }
}
