import { type DnsMessage, decodeDns, dnsMessages } from '../src/dns/index.ts'
import { httpExchange, httpRequests } from '../src/http/index.ts'
import { QuicReader } from '../src/quic/index.ts'
import { ReadError } from '../src/reader/error.ts'
import type { Reader } from '../src/reader/reader.ts'
import { type ClientHello, clientHellos, ja4, serverHellos } from '../src/tls/index.ts'
import { crypto, datagram, initialPacket, nodeCipher } from '../test/quic-packet.ts'
import { outcome } from '../test/split.ts'
import type { Kind } from './corpus.ts'
import { track } from './packets.ts'

const most = 1000
const first = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)

function exchanged(): Reader<object> {
  const { requests, responses } = httpExchange({ most })
  requests.push(new Uint8Array(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n')))
  return responses
}

/** What a stream says must not depend on how it is cut. Returns whether it was read without a mistake. */
function sameWhenCut(make: () => Reader<object>, bytes: Uint8Array, cuts: readonly number[]): boolean {
  const whole = outcome(make(), bytes)
  const inPieces = outcome(make(), bytes, cuts)
  if (JSON.stringify(whole) !== JSON.stringify(inPieces)) throw new Error(`cut at ${cuts}, it is read otherwise`)
  for (const result of whole.results) if ('ciphers' in result) ja4(result as ClientHello)
  return whole.problem === undefined
}

/** Whether it went well; anything but a `ReadError` is thrown on. */
function attempt(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch (error) {
    if (error instanceof ReadError) return false
    throw error
  }
}

/** Its client has begun to speak, so that keys for what the server says are known. */
const begun = datagram(initialPacket(crypto(0, [1]), { first }))

function quic(bytes: Uint8Array): boolean {
  const reader = new QuicReader({ most })
  reader.readSync('client', begun, nodeCipher)
  const fromClient = attempt(() => reader.readSync('client', bytes, nodeCipher))
  return attempt(() => reader.readSync('server', bytes, nodeCipher)) && fromClient
}

/** How each kind is checked: with the bytes, and places to cut them at. */
const checks: { readonly [K in Kind]: (bytes: Uint8Array, cuts: readonly number[]) => boolean } = {
  tls: (bytes, cuts) =>
    [clientHellos, serverHellos].map((make) => sameWhenCut(() => make({ most }), bytes, cuts)).includes(true),
  frames: (bytes) => quic(datagram(initialPacket(bytes.subarray(0, 8000), { first, number: 1 }))),
  quic,
  requests: (bytes, cuts) => sameWhenCut(() => httpRequests({ most }), bytes, cuts),
  responses: (bytes, cuts) => sameWhenCut(exchanged, bytes, cuts),
  dns(bytes, cuts) {
    let message: DnsMessage | undefined
    attempt(() => {
      message = decodeDns(bytes.subarray(2))
    })
    return sameWhenCut(dnsMessages, bytes, cuts) && message !== undefined
  },
  packets: (bytes, [one, other]) => track(bytes, one! * 31 + other!),
}

/** Give `bytes` to who reads that kind. Throws when a reader fails in any way but by a `ReadError`, or reads otherwise when the bytes are cut. */
export const check = (kind: Kind, bytes: Uint8Array, cuts: readonly number[]): boolean => checks[kind](bytes, cuts)
