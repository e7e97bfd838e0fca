import { type DnsMessage, decodeDns, dnsMessages } from '@nfkit/streams/dns'
import { type HttpRequest, httpRequests } from '@nfkit/streams/http'
import { QuicReader } from '@nfkit/streams/quic'
import { type ClientHello, clientHellos, ReadError, type Reader } from '@nfkit/streams/tls'
import type { Said } from './said.ts'

/** The hello of TLS, or of QUIC where it comes in datagrams; `undefined` for what is neither, and what ends before. */
export function helloIn(said: Said, isStream: boolean): Promise<ClientHello | undefined> {
  return unlessMistaken(() => (isStream ? first(said, clientHellos()) : quicHello(said)))
}

/** The head of the first request. */
export const requestIn = (said: Said): Promise<HttpRequest | undefined> =>
  unlessMistaken(() => first(said, httpRequests()))

/** The first message of DNS. */
export function dnsIn(said: Said, isStream: boolean): Promise<DnsMessage | undefined> {
  return unlessMistaken(async () => {
    if (isStream) return first(said, dnsMessages())
    await said.beyond(0)
    const [datagram] = said.datagrams
    return datagram && decodeDns(datagram)
  })
}

/** What a reader gives back first. */
async function first<T extends object>(said: Said, reader: Reader<T>): Promise<T | undefined> {
  for (let read = 0; !reader.done && (await said.beyond(read)); ) {
    const { bytes } = said
    const [result] = reader.push(bytes.subarray(read))
    if (result !== undefined) return result
    read = bytes.length
  }
  return undefined
}

/** A hello of QUIC may need several datagrams. */
async function quicHello(said: Said): Promise<ClientHello | undefined> {
  const reader = new QuicReader()
  let size = 0
  for (let read = 0; await said.beyond(size); ) {
    size = said.size
    for (; read < said.datagrams.length; read++) {
      const [hello] = await reader.read('client', said.datagrams[read]!)
      if (hello !== undefined) return hello
    }
  }
  return undefined
}

async function unlessMistaken<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof ReadError) return undefined
    throw error
  }
}
