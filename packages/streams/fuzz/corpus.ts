import { dnsMessage, nameOf, overTcp, question, resourceRecord } from '../test/dns-message.ts'
import { clientHelloBody, extension, message, record, records, serverHelloBody } from '../test/hello.ts'
import { crypto, datagram, initialPacket } from '../test/quic-packet.ts'
import { joined } from '../test/split.ts'
import { httpsAnswer } from '../test/vectors/dns.ts'
import { initial, initialPayload } from '../test/vectors/quic.ts'
import { openSslHello, openSslServerHello } from '../test/vectors/tls.ts'
import { conversations } from './packets.ts'

const browser = message(
  clientHelloBody({
    extensions: [
      extension.serverNames('www.example.com'),
      extension.alpn('h2', 'http/1.1'),
      extension.groups(0x1a1a, 0x11ec, 0x1d),
      extension.signatures(0x403, 0x804),
      extension.versions(0x304, 0x303),
      extension.keyShares(0x11ec, 0x1d),
      extension.echOuter,
    ],
  }),
)
const answer = message(serverHelloBody({ extensions: [[43, [3, 4]], [51, [0, 29]], extension.alpn('h2')] }), 2)
const text = (...lines: string[]) => new Uint8Array(Buffer.from(lines.join('\r\n'), 'latin1'))
const first = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)

/** What is damaged, by who reads it. */
export const corpus = {
  tls: [
    openSslHello,
    openSslServerHello,
    record(browser),
    record(answer),
    records(browser, 7),
    joined(record([1], 20), record([]), record([1, 0], 21), record(browser), record([1], 20), record(browser)),
    Uint8Array.from([0x80, 0x2b, 1, 3, 3, 0, 18, 0, 0, 0, 16, ...new Uint8Array(34)]),
  ],
  /** Contents of Initials: what is damaged here is encrypted afterwards. */
  frames: [
    initialPayload,
    joined(crypto(30, browser.subarray(30)), [1, 0, 0, 2, 0, 0, 1, 0, 0, 0], crypto(0, browser.subarray(0, 30))),
  ],
  quic: [
    datagram(initial),
    datagram(initialPacket(crypto(0, browser), { first })),
    initialPacket(crypto(0, answer), { first, side: 'server' }),
  ],
  requests: [
    text(
      'GET / HTTP/1.1',
      'Host: www.example.com',
      'X: y',
      '',
      'GET http://a.example/ HTTP/1.1',
      'Host: a.example:80',
      '',
      '',
    ),
    text(
      'POST / HTTP/1.1',
      'Host: a',
      'Transfer-Encoding: chunked',
      '',
      '3;x=y',
      'abc',
      '0',
      'T: z',
      '',
      'GET / HTTP/1.0',
      '',
      '',
    ),
    text('CONNECT a:443 HTTP/1.1', 'Host: a:443', '', ''),
  ],
  responses: [
    text('HTTP/1.1 100 Continue', '', 'HTTP/1.1 200 OK', 'Content-Length: 3', '', 'abcHTTP/1.1 204 x', '', ''),
    text('HTTP/1.1 200 OK', 'Transfer-Encoding: gzip, chunked', '', '3', 'abc', '0', '', 'HTTP/1.1 101 x', '', ''),
  ],
  dns: [
    httpsAnswer,
    dnsMessage({
      flags: 0x8380,
      questions: [question('www.example.com')],
      answers: [resourceRecord([0xc0, 12], 5, nameOf('a.example')), resourceRecord([0xc0, 16], 1, [192, 0, 2, 1])],
      additionals: [resourceRecord([0], 41, [], 1232)],
    }),
  ].map(overTcp),
  packets: conversations,
} as const satisfies { readonly [kind: string]: readonly Uint8Array[] }

/** Who reads what is damaged. */
export type Kind = keyof typeof corpus
