import { parseHex } from '@nfkit/inet'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Reader } from '../src/reader/reader.ts'
import {
  clientHellos,
  type HelloOptions,
  ja4,
  serverHellos,
  tlsExtension,
  tlsGroup,
  tlsVersion,
} from '../src/tls/index.ts'
import {
  clientHelloBody,
  type Extension,
  extension,
  helloFor,
  message,
  record,
  records,
  serverHelloBody,
} from './hello.ts'
import { cuts, damaged, everywhere, joined, outcome } from './split.ts'
import { chromiumHello } from './vectors/chromium.ts'
import { openSslHello, openSslServerHello } from './vectors/tls.ts'

const name = fc.constantFrom('a.example', 'WWW.Example.org.', 'x'.repeat(255), '', 'b\xfccher.example', 'a b')
const extensions: fc.Arbitrary<Extension> = fc.oneof(
  name.map((text) => extension.serverNames(text)),
  fc.constant(extension.serverNames('one.example', [7, 'x'], 'two.example')),
  fc.constant(extension.alpn('h2', 'http/1.1')),
  fc.constant(extension.versions(0x1a1a, 0x304, 0x303)),
  fc.constant(extension.groups(0x2a2a, 0x11ec, 0x1d)),
  fc.constant(extension.signatures(0x403, 0x804)),
  fc.constant(extension.keyShares(0x11ec, 0x1d)),
  fc.constant(extension.echOuter),
  fc.tuple(fc.nat(0xffff), fc.uint8Array({ maxLength: 40 })),
)
const hello = fc
  .record({ sessionId: fc.nat(40), extensions: fc.array(extensions, { maxLength: 6 }) })
  .map((parts) => message(clientHelloBody(parts)))
const decoy = fc.constantFrom(
  record([1], 20),
  record([1, 0], 21),
  record([2, 40], 21),
  record([], 22),
  record([9, 9], 23),
  record([1], 24),
)
const stream = fc
  .tuple(
    fc.array(decoy, { maxLength: 2 }),
    fc.array(hello, { minLength: 1, maxLength: 3 }),
    fc.integer({ min: 1, max: 300 }),
    fc.array(decoy, { maxLength: 2 }),
  )
  .map(([before, hellos, size, behind]) => joined(...before, ...hellos.map((one) => records(one, size)), ...behind))
const anything = fc.oneof(damaged(stream), fc.uint8Array({ maxLength: 80 }))

test.each<[string, (options: HelloOptions) => Reader<object>]>([
  ['client', clientHellos],
  ['server', serverHellos],
])('however the stream of a %s is cut, the same is read, and nothing else is thrown', (_, reader) => {
  fc.assert(
    fc.property(anything, cuts, (bytes, at) => {
      expect(outcome(reader({ most: 400 }), bytes, at)).toEqual(outcome(reader({ most: 400 }), bytes))
    }),
    { numRuns: 500 },
  )
})

test('byte by byte, too', () => {
  fc.assert(
    fc.property(anything, (bytes) => {
      expect(outcome(clientHellos(), bytes, everywhere(bytes))).toEqual(outcome(clientHellos(), bytes))
    }),
  )
})

describe('a hello of OpenSSL', () => {
  const [read] = clientHellos().push(openSslHello)

  test('is read', () => {
    expect(read).toEqual({
      transport: 'tcp',
      serverName: 'example.com',
      sentServerName: 'example.com',
      alpn: ['h2'],
      versions: [tlsVersion.tls13],
      legacyVersion: tlsVersion.tls12,
      ciphers: [0x1301, 0xff],
      extensions: [0, 11, 10, 16, 22, 23, 13, 43, 45, 51],
      groups: [tlsGroup.x25519],
      keyShares: [tlsGroup.x25519],
      signatureAlgorithms: [0x403],
      ech: undefined,
      odd: [],
    })
  })

  test('is read when it is cut in two anywhere, and when each byte comes alone', () => {
    for (const at of everywhere(openSslHello))
      expect(outcome(clientHellos(), openSslHello, [at]).results).toEqual([read])
    expect(outcome(clientHellos(), openSslHello, everywhere(openSslHello)).results).toEqual([read])
  })

  test('is answered', () => {
    const { results, done } = outcome(serverHellos(), openSslServerHello)
    expect(done).toBe(true)
    expect(results).toEqual([
      {
        version: tlsVersion.tls13,
        cipher: 0x1301,
        group: tlsGroup.x25519,
        alpn: undefined,
        extensions: [tlsExtension.supportedVersions, tlsExtension.keyShare],
        isRetry: false,
        downgrade: undefined,
      },
    ])
  })
})

describe('a hello of Chromium, with a post-quantum key', () => {
  const [read] = clientHellos().push(chromiumHello)

  test('is read', () => {
    expect(read).toMatchObject({ serverName: 'www.example.com', alpn: ['h2', 'http/1.1'], ech: 'outer', odd: [] })
    expect(read!.versions).toContain(tlsVersion.tls13)
    expect(read!.keyShares).toContain(tlsGroup.x25519Mlkem768)
    expect(read!.keyShares).toContain(tlsGroup.x25519)
    expect(ja4(read!)).toBe('t13d1517h2_8daaf6152771_cb7bf5808d99')
  })

  test('is read when it is cut in two anywhere', () => {
    for (const at of everywhere(chromiumHello))
      expect(outcome(clientHellos(), chromiumHello, [at]).results).toEqual([read])
  })
})

/** What a reader makes of a stream: what is odd in its first hello, or the problem. */
const made = (...parts: Uint8Array[]) => {
  const { results, problem } = outcome(clientHellos(), joined(...parts))
  return (results[0] as { odd?: string[] } | undefined)?.odd ?? problem
}
const plain = message(clientHelloBody({ extensions: [extension.serverNames('a.example')] }))
const cut = (at: number) => [record(plain.subarray(0, at)), record(plain.subarray(at))] as const
const [front, back] = cut(2)
const times = (count: number, one: Uint8Array) => joined(...new Array<Uint8Array>(count).fill(one))

test.each<[string, string | string[], Uint8Array[]]>([
  ['one record', [], [record(plain)]],
  ['two records, cut in the header of the message', ['fragmented'], [front, back]],
  ['a byte a record', ['fragmented'], [records(plain, 1)]],
  [
    'record versions that differ',
    ['fragmented'],
    [record(plain.subarray(0, 9), 22, 0x300), record(plain.subarray(9), 22, 0x399)],
  ],
  ['the record version of SSL 2', ['recordVersion'], [record(plain, 22, 0x200)]],
  ['a record version of nothing', 'notTls', [record(plain, 22, 0x7f01)]],
  ['empty records in front', ['emptyRecord'], [times(32, record([])), record(plain)]],
  ['an empty record inside', ['emptyRecord', 'fragmented'], [front, record([]), back]],
  ['too many empty records', 'tooManyRecords', [times(65, record([])), record(plain)]],
  ['change_cipher_spec in front', ['changeCipherSpec'], [times(40, record([1], 20)), record(plain)]],
  ['change_cipher_spec inside', ['changeCipherSpec', 'fragmented'], [front, record([1], 20), back]],
  ['a change_cipher_spec that is none', 'record', [record([2], 20), record(plain)]],
  ['a warning in front', ['alert'], [record([1, 0], 21), record(plain)]],
  ['a warning inside', ['alert', 'fragmented'], [front, record([1, 0], 21), back]],
  ['a fatal alert in front', 'notHello', [record([2, 40], 21), record(plain)]],
  ['a fatal alert inside', 'interrupted', [front, record([2, 40], 21), back]],
  ['data in front', 'notHello', [record([1, 2, 3], 23), record(plain)]],
  ['data inside', 'interrupted', [front, record([1, 2, 3], 23), back]],
  ['a heartbeat in front', 'notTls', [record([1], 24), record(plain)]],
  ['a ServerHello', 'notHello', [record(message(serverHelloBody(), 2))]],
  ['a HelloRequest', 'notHello', [record(message([], 0)), record(plain)]],
  ['HTTP', 'notTls', [Buffer.from('GET / HTTP/1.1\r\n\r\n')]],
  ['more of the handshake in the record', ['trailing'], [record(joined(plain, [16, 0]))]],
  ['a record that is too long', 'record', [record(new Uint8Array(16_385))]],
  ['a hello that is too long', 'tooLong', [record(message(new Uint8Array(16_385)).subarray(0, 100))]],
  ['TLS 1.0 in front', [], [record(message(clientHelloBody({ legacyVersion: 0x301, extensions: [] })))]],
  ['TLS 1.3 in front', ['legacyVersion'], [record(message(clientHelloBody({ legacyVersion: 0x304 })))]],
  ['no block of extensions', [], [record(message(clientHelloBody()))]],
  ['bytes behind the extensions', 'trailing', [record(message(clientHelloBody({ extensions: [], behind: [0] })))]],
  ['a session id of 33 bytes', ['sessionId'], [record(message(clientHelloBody({ sessionId: 33 })))]],
  ['compression', ['compression'], [record(message(clientHelloBody({ compression: [0, 1] })))]],
  ['an odd length of suites', 'truncated', [record(message(oddSuites()))]],
  ['an extension twice', ['duplicateExtension'], [withExtensions([99, [1]], [99, [2]])]],
  ['extensions behind pre_shared_key', ['preSharedKey'], [withExtensions([41, [1]], [99, [2]])]],
  [
    'too many extensions',
    'tooManyExtensions',
    [withExtensions(...Array.from({ length: 257 }, (_, id): Extension => [id + 100, []]))],
  ],
  ['two names', ['serverNames'], [withExtensions(extension.serverNames('a.example', 'b.example'))]],
  [
    'a name of another type in front',
    ['serverNameType'],
    [withExtensions(extension.serverNames([3, 'x'], 'b.example'))],
  ],
  ['an empty name', ['serverNameUnusable'], [withExtensions(extension.serverNames(''))]],
  ['a NUL in the name', ['serverNameUnusable'], [withExtensions(extension.serverNames('a.example\0b'))]],
  ['a name of 256 bytes', ['serverNameUnusable'], [withExtensions(extension.serverNames('a'.repeat(256)))]],
  ['an empty list of names', 'extension', [withExtensions([0, [0, 0]])]],
  ['an empty extension of names', 'extension', [withExtensions([0, []])]],
  ['a list of names that is too long', 'extension', [withExtensions([0, [0, 9, 0, 0, 1, 97]])]],
  ['bytes behind the list of names', 'extension', [withExtensions([0, [0, 4, 0, 0, 1, 97, 1]])]],
  ['a list of groups of an odd length', 'extension', [withExtensions([10, [0, 3, 1, 2, 3]])]],
  ['an empty list of keys, which asks for a retry', [], [withExtensions(extension.keyShares())]],
])('%s: %j', (_, expected, parts) => {
  expect(made(...parts)).toEqual(expected)
})

function withExtensions(...list: Extension[]): Uint8Array {
  return record(message(clientHelloBody({ extensions: list })))
}

function oddSuites(): Uint8Array {
  return joined([3, 3], new Uint8Array(33), [0, 3, 0x13, 0x01, 0x13], [1, 0])
}

test.each([
  ['two names', extension.serverNames('a.example', 'b.example'), 'a.example', 'a.example'],
  ['another type first', extension.serverNames([3, 'x'], 'b.example'), 'b.example', 'b.example'],
  ['only another type', extension.serverNames([3, 'x']), undefined, undefined],
  ['upper case and a dot', extension.serverNames('WWW.Example.'), 'www.example', 'WWW.Example.'],
  ['bytes that are no letters', extension.serverNames('b\xfc.example'), undefined, 'b\xfc.example'],
])('the name of %s', (_, names, serverName, sentServerName) => {
  const [hello] = clientHellos().push(withExtensions(names))
  expect(hello).toMatchObject({ serverName, sentServerName })
})

test('an encrypted hello is outer, and the name that stands there is said', () => {
  const [hello] = clientHellos().push(withExtensions(extension.echOuter, extension.serverNames('provider.example')))
  expect(hello).toMatchObject({ ech: 'outer', serverName: 'provider.example' })
})

test('a hello of SSL 2 has no name', () => {
  const old = parseHex(
    '802b 01 0303 0012 0000 0010 000005 00c02f 010080 000035 00002f 0000ff 000102030405060708090a0b0c0d0e0f',
  )!
  const { results, problem, done } = outcome(clientHellos(), old, everywhere(old))
  expect({ problem, done }).toEqual({ problem: undefined, done: true })
  expect(results).toMatchObject([
    { versions: [0x303], ciphers: [0x0005, 0xc02f, 0x0035, 0x002f, 0x00ff], serverName: undefined, odd: ['sslv2'] },
  ])
})

describe('after a HelloRetryRequest', () => {
  const retryRandom = parseHex('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c')!
  const retry = message(
    serverHelloBody({
      random: retryRandom,
      extensions: [
        [43, [3, 4]],
        [51, [0, 0x18]],
      ],
    }),
    2,
  )
  const final = message(
    serverHelloBody({
      extensions: [
        [43, [3, 4]],
        [51, [0, 0x18, 0, 1, 9]],
      ],
    }),
    2,
  )

  test('a second hello is read, with the name it has', () => {
    const reader = clientHellos()
    expect(reader.push(helloFor('first.example'))).toMatchObject([{ serverName: 'first.example' }])
    expect(reader.done).toBe(false)
    const second = joined(record([1], 20), helloFor('second.example'), record([1, 2, 3], 23))
    expect(reader.push(second)).toMatchObject([{ serverName: 'second.example', odd: [] }])
    expect(reader.done).toBe(true)
  })

  test('without one, the reader is done', () => {
    const reader = clientHellos()
    reader.push(helloFor('first.example'))
    expect(reader.push(joined(record([1], 20), record([1, 2, 3], 23)))).toEqual([])
    expect(reader.done).toBe(true)
  })

  test('the server says which group it wants, then says hello', () => {
    const stream = joined(record(retry), record([1], 20), record(final), record([1], 23))
    expect(outcome(serverHellos(), stream)).toMatchObject({
      done: true,
      results: [
        { isRetry: true, group: tlsGroup.secp384r1, version: tlsVersion.tls13 },
        { isRetry: false, group: tlsGroup.secp384r1, version: tlsVersion.tls13 },
      ],
    })
  })
})

test.each([
  ['444f574e47524401', 'tls12'],
  ['444f574e47524400', 'tls11'],
  ['444f574e47524402', undefined],
])('a server whose random ends with %s was held down to %s', (end, downgrade) => {
  const random = joined(new Uint8Array(24), parseHex(end)!)
  const body = serverHelloBody({ random, extensions: [extension.alpn('http/1.1')] })
  const [hello] = serverHellos().push(record(message(body, 2)))
  expect(hello).toMatchObject({ downgrade, version: tlsVersion.tls12, alpn: 'http/1.1', group: undefined })
})

test('an error says where', () => {
  expect(outcome(clientHellos(), joined(record([1], 20), record([2], 20)))).toMatchObject({
    problem: 'record',
    offset: 11,
  })
})

test('at most twice the longest hello is kept, however it comes', () => {
  const reader = clientHellos({ most: 100 })
  expect(() => reader.push(record(message(new Uint8Array(101))))).toThrow(/TLS at byte 0: .* raise `most`/)
})
