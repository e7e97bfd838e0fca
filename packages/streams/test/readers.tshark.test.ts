import { tcp, udp } from '@nfkit/ip-codec/build'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasTshark, tshark } from '../../ip-codec/test/pcap.ts'
import { type DnsRecord, decodeDns, dnsType } from '../src/dns/index.ts'
import { httpRequests } from '../src/http/index.ts'
import { QuicReader } from '../src/quic/index.ts'
import { clientHellos } from '../src/tls/index.ts'
import { dnsMessage, nameOf, question, resourceRecord } from './dns-message.ts'
import { clientHelloBody, type Extension, extension, message, record } from './hello.ts'
import { crypto, datagram, initialPacket, nodeCipher } from './quic-packet.ts'
import { httpsAnswer } from './vectors/dns.ts'
import { initial } from './vectors/quic.ts'

const seen = hasTshark()
if (!seen) console.warn('readers.tshark.test.ts is skipped: tshark is not installed')

const sample = <T>(what: fc.Arbitrary<T>, count: number): T[] => fc.sample(what, { numRuns: count, seed: 20_261_128 })
const label = fc.stringMatching(/^[a-z0-9]{1,12}$/)
const name = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join('.'))
const extensions: fc.Arbitrary<Extension[]> = fc
  .tuple(
    name,
    fc.shuffledSubarray(['h2', 'http/1.1', 'h3', 'x'], { minLength: 1 }),
    fc.array(fc.nat(0xffff), { minLength: 1, maxLength: 5 }),
  )
  .map(([host, protocols, groups]) => [
    extension.serverNames(host),
    extension.alpn(...protocols),
    extension.versions(0x304, 0x303),
    extension.groups(...groups),
    extension.signatures(0x403, 0x804),
  ])
const hello = fc
  .record({ ciphers: fc.array(fc.nat(0xffff), { minLength: 1, maxLength: 20 }), extensions })
  .map((parts) => message(clientHelloBody(parts)))
const numbers = (cells: readonly string[]) => cells.map(Number)

describe.skipIf(!seen)('an independent dissector (skipped without tshark) reads the same', { timeout: 60_000 }, () => {
  test('in hellos of TLS', () => {
    const hellos = sample(hello, 200)
    const packets = hellos.map((bytes, i) =>
      tcp(`10.0.0.1:${10_000 + i} > 10.0.0.2:443`, { ack: true, psh: true, payload: record(bytes) }),
    )
    const rows = tshark(packets, [
      'tls.handshake.extensions_server_name',
      'tls.handshake.extensions_alpn_str',
      'tls.handshake.ciphersuite',
      'tls.handshake.extensions_supported_group',
      'tls.handshake.extension.type',
    ])
    for (const [i, bytes] of hellos.entries()) {
      const [read] = clientHellos().push(record(bytes))
      const [names, protocols, ciphers, groups, types] = rows[i]!
      expect([names, protocols]).toEqual([[read!.serverName], read!.alpn])
      expect([ciphers, groups, types].map((cells) => numbers(cells!))).toEqual([
        read!.ciphers,
        read!.groups,
        read!.extensions,
      ])
    }
  })

  test('in Initials of QUIC', () => {
    const made = sample(fc.tuple(hello, fc.nat(300), fc.constantFrom(1 as const, 2 as const, 4 as const)), 40).map(
      ([bytes, number, width], i) =>
        // tshark knows a connection by its id, whatever its ends.
        datagram(
          initialPacket(crypto(0, bytes), {
            first: Uint8Array.of(9, i, 3, 4, 5, 6, 7, 8),
            number: width === 1 ? number % 128 : number,
            width,
          }),
        ),
    )
    const datagrams = [datagram(initial), ...made]
    const packets = datagrams.map((payload, i) => udp(`10.0.0.1:${20_000 + i} > 10.0.0.2:443`, { payload }))
    const rows = tshark(packets, [
      'tls.handshake.extensions_server_name',
      'tls.handshake.extensions_alpn_str',
      'quic.packet_number',
    ])
    for (const [i, payload] of datagrams.entries()) {
      const [read] = new QuicReader().readSync('client', payload, nodeCipher)
      expect(rows[i]!.slice(0, 2)).toEqual([[read!.serverName], read!.alpn])
    }
  })

  test('in DNS messages', () => {
    const answer = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }).map((data) => resourceRecord([0xc0, 12], dnsType.a, data)),
      fc.uint8Array({ minLength: 16, maxLength: 16 }).map((data) => resourceRecord([0xc0, 12], dnsType.aaaa, data)),
      name.map((to) => resourceRecord([0xc0, 12], dnsType.cname, nameOf(to))),
    )
    const messages = sample(
      fc.record({ questions: name.map((text) => [question(text)]), answers: fc.array(answer, { maxLength: 4 }) }),
      200,
    ).map((parts) => dnsMessage({ ...parts, flags: 0x8180 }))
    const all = [...messages, httpsAnswer]
    const packets = all.map((payload, i) => udp(`10.0.0.2:53 > 10.0.0.1:${10_000 + i}`, { payload }))
    const rows = tshark(packets, [
      'dns.qry.name',
      'dns.a',
      'dns.aaaa',
      'dns.cname',
      'dns.svcb.svcparam.ipv4hint.ip',
      'dns.svcb.svcparam.ipv6hint.ip',
    ])
    const addresses = (records: readonly DnsRecord[], type: number) =>
      records.flatMap((one) => (one.kind === 'address' && one.type === type ? [one.address] : []))
    for (const [i, bytes] of all.entries()) {
      const { questions, answers } = decodeDns(bytes)
      const hints = answers.flatMap((one) => (one.kind === 'service' ? one.service.hints : []))
      const [asked, a, aaaa, aliases, hints4, hints6] = rows[i]!
      expect(asked).toEqual([questions[0]!.name])
      expect(a).toEqual(addresses(answers, dnsType.a))
      expect(aaaa).toEqual(addresses(answers, dnsType.aaaa))
      expect(aliases).toEqual(answers.flatMap((one) => (one.kind === 'alias' ? [one.target] : [])))
      expect([...hints4!, ...hints6!]).toEqual(hints)
    }
  })

  test('in requests of HTTP', () => {
    const requests = sample(
      fc.tuple(fc.constantFrom('GET', 'POST', 'OPTIONS'), name, fc.stringMatching(/^\/[a-z0-9/]{0,20}$/)),
      100,
    )
    const texts = requests.map(([method, host, path]) =>
      Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
    )
    const packets = texts.map((payload, i) =>
      tcp(`10.0.0.1:${10_000 + i} > 10.0.0.2:80`, { ack: true, psh: true, payload: new Uint8Array(payload) }),
    )
    const rows = tshark(packets, ['http.request.method', 'http.request.uri', 'http.host'])
    for (const [i, text] of texts.entries()) {
      const [read] = httpRequests().push(new Uint8Array(text))
      expect(rows[i]).toEqual([[read!.method], [read!.target], [read!.host]])
    }
  })
})
