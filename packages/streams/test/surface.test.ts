import { expect, test } from 'vitest'
import * as dns from '../src/dns/index.ts'
import * as http from '../src/http/index.ts'
import * as quic from '../src/quic/index.ts'
import * as tls from '../src/tls/index.ts'

test.each([
  [
    'tls',
    tls,
    [
      'ReadError',
      'clientHellos',
      'isGrease',
      'ja4',
      'serverHellos',
      'tlsExtension',
      'tlsGroup',
      'tlsOddities',
      'tlsProblems',
      'tlsVersion',
    ],
  ],
  ['quic', quic, ['QuicReader', 'ReadError', 'quicProblems']],
  ['http', http, ['ReadError', 'httpExchange', 'httpOddities', 'httpProblems', 'httpRequests']],
  ['dns', dns, ['ReadError', 'decodeDns', 'dnsMessages', 'dnsOddities', 'dnsProblems', 'dnsResponseCode', 'dnsType']],
])('the public surface of %s is this list', (_, surface, names) => {
  expect(Object.keys(surface).sort()).toEqual(names)
})

test('each problem and each oddity has a sentence', () => {
  const tables = [
    tls.tlsProblems,
    tls.tlsOddities,
    quic.quicProblems,
    http.httpProblems,
    http.httpOddities,
    dns.dnsProblems,
    dns.dnsOddities,
  ]
  for (const table of tables)
    for (const [key, text] of Object.entries(table)) expect(text.length, key).toBeGreaterThan(20)
})
