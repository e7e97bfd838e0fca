import { formatHex, parseHex } from '@nfkit/inet'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { QuicReader, type SyncQuicCipher } from '../src/quic/index.ts'
import { wholeNumber } from '../src/quic/packet.ts'
import { initialKeys } from '../src/quic/secrets.ts'
import { versionOf } from '../src/quic/version.ts'
import { webCipher } from '../src/quic/web-cipher.ts'
import { ReadError } from '../src/reader/error.ts'
import { ja4 } from '../src/tls/index.ts'
import { clientHelloBody, extension, message, serverHelloBody } from './hello.ts'
import { crypto, datagram, initialPacket, nodeCipher, type PacketParts } from './quic-packet.ts'
import { joined, pieces } from './split.ts'
import { chromiumInitials } from './vectors/chromium.ts'
import * as vectors from './vectors/quic.ts'

const first = parseHex('8394c8f03e515708')!
const helloFor = (name: string) =>
  message(clientHelloBody({ sessionId: 0, extensions: [extension.serverNames(name), [57, []], extension.alpn('h3')] }))

/** What a reader says of datagrams of a client, one after another. */
function said(...datagrams: Uint8Array[]) {
  const reader = new QuicReader({ most: 4096 })
  return datagrams.map((bytes) => names(() => reader.readSync('client', bytes, nodeCipher)))
}

function names(read: () => readonly { serverName: string | undefined }[]): (string | undefined)[] | string {
  try {
    return read().map(({ serverName }) => serverName)
  } catch (error) {
    if (error instanceof ReadError) return error.problem
    throw error
  }
}

describe('keys of RFC 9001 and RFC 9369', () => {
  test.each([
    [1, 'client', '1f369613dd76d5467730efcbe3b1a22d fa044b2f42a3fd3b46fb255c 9f50449e04a0e810283a1e9933adedd2'],
    [1, 'server', 'cf3a5331653c364c88f0f379b6067e37 0ac1493ca1905853b0bba03e c206b8d9b9f0f37644430b490eeaa314'],
    [
      0x6b33_43cf,
      'client',
      '8b1a0bc121284290a29e0971b5cd045d 91f73e2351d8fa91660e909f 45b95e15235d6f45a6b19cbcb0294ba9',
    ],
    [
      0x6b33_43cf,
      'server',
      '82db637861d55e1d011f19ea71d5d2a7 dd13c276499c0249d3310652 edf6d05c83121201b436e16877593c3a',
    ],
  ] as const)('version %i, %s', (version, side, expected) => {
    const { key, iv, headerKey } = initialKeys(versionOf(version)!, vectors.rfcDestination, side)
    expect([key, iv, headerKey].map(formatHex).join(' ')).toBe(expected)
  })
})

describe.each([
  ['node:crypto', nodeCipher],
  ['WebCrypto', webCipher],
])('with the cipher of %s', (_, cipher) => {
  test.each([
    ['1', vectors.initial],
    ['2', vectors.initial2],
  ])('an Initial of version %s that openssl made is read', async (_, packet) => {
    const [hello] = await new QuicReader().read('client', datagram(packet), cipher)
    expect(hello).toMatchObject({ serverName: 'quic.example', alpn: ['h3'], transport: 'quic', odd: [] })
    expect(ja4(hello!)).toBe(vectors.initialJa4)
  })

  test.each([
    ['9001', 1, vectors.rfcServerInitial],
    ['9369', 2, vectors.rfcServerInitial2],
  ] as const)('the answer in RFC %s is read', async (_, version, packet) => {
    const reader = new QuicReader()
    await reader.read('client', datagram(initialPacket([1], { first: vectors.rfcDestination, version })), cipher)
    const [hello] = await reader.read('server', packet, cipher)
    expect(hello).toMatchObject({ version: 0x304, cipher: 0x1301, group: 0x1d, isRetry: false })
  })

  test('a damaged packet is ignored', async () => {
    for (const at of [0, 20, 30, 100, 196]) {
      const packet = vectors.initial.slice()
      packet[at]! ^= at === 0 ? 1 : 0x10
      expect(await new QuicReader().read('client', datagram(packet), cipher)).toEqual([])
    }
  })
})

test.each([
  ['in order', chromiumInitials],
  ['the second first', chromiumInitials.toReversed()],
  ['the first twice', [chromiumInitials[0]!, ...chromiumInitials]],
])('the hello of Chromium, shuffled over two datagrams, is read: %s', (_, datagrams) => {
  const reader = new QuicReader()
  const found = datagrams.map((bytes) => reader.readSync('client', bytes, nodeCipher))
  expect(found.map(({ length }) => length)).toEqual(datagrams.map((_, i) => (i === datagrams.length - 1 ? 1 : 0)))
  expect(found.at(-1)).toMatchObject([{ serverName: 'quic.example', alpn: ['h3'], ech: 'outer', odd: [] }])
})

test('datagrams that are read at the same time are read in order', async () => {
  const hello = helloFor('a.example')
  const reader = new QuicReader()
  const halves = pieces(hello, [30]).map((data, i) =>
    datagram(initialPacket(crypto(30 * i, data), { first, number: i })),
  )
  const [one, two] = await Promise.all(halves.map((half) => reader.read('client', half)))
  expect([one, two!.map(({ serverName }) => serverName)]).toEqual([[], ['a.example']])
})

test('however a hello is cut into frames, packets and datagrams, in any order and with repeats, it is read once', () => {
  const hello = helloFor('shuffled.example')
  const cutting = fc.array(fc.nat(hello.length), { maxLength: 8 }).chain((places) => {
    let offset = 0
    const frames = pieces(hello, places).map((data) => {
      const frame = crypto(offset, data)
      offset += data.length
      return frame
    })
    return fc.tuple(
      fc.shuffledSubarray([...frames, ...frames.slice(0, 2)], {
        minLength: frames.length + Math.min(2, frames.length),
      }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }) as fc.Arbitrary<1 | 2 | 3 | 4>,
      fc.constantFrom(1 as const, 2 as const),
    )
  })
  fc.assert(
    fc.property(cutting, ([frames, each, width, version]) => {
      const packets: Uint8Array[] = []
      for (let i = 0; i < frames.length; i += each) {
        const padded = joined([0, 1], ...frames.slice(i, i + each), [0, 0])
        packets.push(initialPacket(padded, { first, number: packets.length, width, version }))
      }
      const reader = new QuicReader()
      const found = packets.flatMap((packet) => reader.readSync('client', datagram(packet), nodeCipher))
      expect(found.map(({ serverName }) => serverName)).toEqual(['shuffled.example'])
    }),
  )
})

test('whatever comes, nothing but a ReadError is thrown', () => {
  const packet = initialPacket(crypto(0, helloFor('a.example')), { first })
  const frames = fc.uint8Array({ maxLength: 60 }).map((bytes) => initialPacket(bytes, { first }))
  const changed = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }).map((changes) => {
    const bytes = packet.slice()
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte
    return bytes
  })
  const one = fc.oneof(frames, changed, fc.uint8Array({ maxLength: 80 }))
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 4 }), (packets) => {
      said(datagram(...packets))
      const reader = new QuicReader({ most: 4096 })
      reader.readSync('client', datagram(packet), nodeCipher)
      for (const bytes of packets) names(() => reader.readSync('server', bytes, nodeCipher) as never)
    }),
    { numRuns: 500 },
  )
})

describe('what a server would not read', () => {
  const hello = crypto(0, helloFor('a.example'))
  const packet = (parts: Partial<PacketParts> = {}, frames: ArrayLike<number> = hello) =>
    initialPacket(frames, { first, ...parts })
  const unknown = datagram(joined([0xc0, 0xff, 0, 0, 29, 8], first, [0, 0, 4, 1, 2, 3, 4]))

  test.each<[string, string | (string | undefined)[], Uint8Array]>([
    ['a hello', ['a.example'], datagram(packet())],
    ['a small datagram', 'small', packet()],
    ['a packet without the fixed bit', 'notQuic', datagram(packet({ isFixed: false }))],
    ['reserved bits', 'reserved', datagram(packet({ reserved: 1 }))],
    ['a frame of streams', 'frame', datagram(packet({}, [8, 0, 0]))],
    ['a frame that is cut', 'frame', datagram(packet({}, [0, 0, 0, 6, 0, 9, 1]))],
    ['a close of the application', 'frame', datagram(packet({}, [0x1d, 0, 0, 0]))],
    ['a close of the connection', [], datagram(packet({}, [0x1c, 0, 0, 0]))],
    [
      'acknowledgments',
      ['a.example'],
      datagram(packet({}, joined([2, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0, 1, 2, 3], hello))),
    ],
    [
      'acknowledgments without an end',
      'frame',
      datagram(packet({}, [2, 0, 0, 0xff, 255, 255, 255, 255, 255, 255, 255])),
    ],
    ['a handshake that begins too far', 'tooLong', datagram(packet({}, crypto(4090, [1, 2, 3, 4, 5, 6, 7])))],
    ['bytes of one place that differ', 'overlap', datagram(packet({}, joined(crypto(0, [1, 2, 3]), crypto(2, [4]))))],
    ['another version', 'version', unknown],
    ['a short header', 'notQuic', datagram(new Uint8Array(50).fill(0x41))],
    ['nothing', 'notQuic', new Uint8Array(0)],
    [
      'a packet of another id behind the first',
      ['a.example'],
      datagram(packet(), packet({ first: Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9), number: 1 })),
    ],
    [
      'too many packets',
      'tooManyPackets',
      datagram(...Array.from({ length: 9 }, (_, number) => packet({ number }, [1]))),
    ],
  ])('%s: %j', (_, expected, bytes) => {
    expect(said(bytes)).toEqual([expected])
  })

  test('a mistake behind a hello is told with the next datagram', () => {
    const both = datagram(packet(), packet({ number: 1 }, [8]))
    expect(said(both, datagram(packet({ number: 2 }, [1])), datagram(packet({ number: 3 }, [1])))).toEqual([
      ['a.example'],
      'frame',
      [],
    ])
  })

  test('a decoy in front of the hello is seen', () => {
    const decoy = datagram(packet({}, crypto(0, helloFor('b.example'))))
    expect(said(decoy, datagram(packet()))).toEqual([['b.example'], 'overlap'])
  })

  test('a fifth connection between the same ends is refused', () => {
    const begin = (id: number) => datagram(packet({ first: new Uint8Array(8).fill(id) }))
    expect(said(begin(1), begin(2), begin(3), begin(4), begin(5)).at(-1)).toBe('tooManyConnections')
    expect(said(begin(1), begin(2), begin(3), begin(4), begin(2)).at(-1)).toEqual([])
  })
})

describe('a connection', () => {
  const hello = helloFor('a.example')
  const serverId = Uint8Array.of(1, 2, 3, 4)
  const retryRandom = parseHex('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c')!

  test('keeps its keys when the client takes the id of the server, and has two hellos after a HelloRetryRequest', () => {
    const reader = new QuicReader()
    const client = (frames: Uint8Array, number: number, destination = first) =>
      reader.readSync('client', datagram(initialPacket(frames, { first, destination, number })), nodeCipher)
    expect(client(crypto(0, hello), 0)).toHaveLength(1)
    const retry = message(serverHelloBody({ random: retryRandom, extensions: [[43, [3, 4]]] }), 2)
    const answer = initialPacket(crypto(0, retry), {
      first,
      side: 'server',
      source: serverId,
      destination: new Uint8Array(0),
    })
    expect(reader.readSync('server', answer, nodeCipher)).toMatchObject([{ isRetry: true }])
    expect(client(crypto(hello.length, helloFor('b.example')), 1, serverId)).toMatchObject([
      { serverName: 'b.example' },
    ])
  })

  test('begins again after a Retry, with the keys of the new id', () => {
    const reader = new QuicReader()
    const before = datagram(initialPacket(crypto(0, hello), { first }))
    expect(reader.readSync('client', before, nodeCipher)).toHaveLength(1)
    expect(reader.readSync('server', vectors.rfcRetry, nodeCipher)).toEqual([])
    const next = parseHex('f067a5502a4262b5')!
    const token = Buffer.from('token')
    const after = datagram(initialPacket(crypto(0, hello), { first: next, token, number: 1 }))
    expect(reader.readSync('client', after, nodeCipher)).toMatchObject([{ serverName: 'a.example' }])
    const answer = initialPacket(crypto(0, message(serverHelloBody(), 2)), {
      first: next,
      side: 'server',
      destination: serverId,
    })
    expect(reader.readSync('server', answer, nodeCipher)).toHaveLength(1)
  })

  test('begins again in another version after a negotiation, with the same id', () => {
    const reader = new QuicReader()
    const negotiation = joined([0x80, 0, 0, 0, 0, 0, 8], first, [0x6b, 0x33, 0x43, 0xcf])
    const begin = (version: 1 | 2, name: string) =>
      reader.readSync('client', datagram(initialPacket(crypto(0, helloFor(name)), { first, version })), nodeCipher)
    expect(begin(1, 'a.example')).toHaveLength(1)
    expect(reader.readSync('server', negotiation, nodeCipher)).toEqual([])
    expect(begin(2, 'b.example')).toMatchObject([{ serverName: 'b.example' }])
  })

  test('goes on in the version that the server answers in', () => {
    const reader = new QuicReader()
    reader.readSync('client', datagram(initialPacket(crypto(0, hello), { first })), nodeCipher)
    const answer = initialPacket(crypto(0, message(serverHelloBody(), 2)), { first, side: 'server', version: 2 })
    expect(reader.readSync('server', answer, nodeCipher)).toHaveLength(1)
    const next = datagram(initialPacket(crypto(0, helloFor('b.example')), { first, version: 2, number: 1 }))
    expect(names(() => reader.readSync('client', next, nodeCipher))).toBe('overlap')
  })

  test('is coalesced with packets that are passed over', () => {
    const zeroRtt = joined([0xd0, 0, 0, 0, 1, 8], first, [0, 0x40, 20], new Uint8Array(20))
    const packet = initialPacket(crypto(0, hello), { first })
    expect(said(datagram(zeroRtt, packet, new Uint8Array(9).fill(0x41)))).toEqual([['a.example']])
  })
})

test.each([
  // RFC 9000, A.3.
  [0x9b32, 2, 0xa82f_30eb, 0xa82f_9b32],
  [0, 1, 256, 256],
  [255, 1, 256, 255],
  [3, 1, 0, 3],
  [200, 1, 0, 200],
])('the packet number %i of %i bytes is, near %i, %i', (low, width, expected, number) => {
  expect(wholeNumber(low, width, expected)).toBe(number)
})

test('the work for a datagram is bounded by its packets and the connections, whatever it holds', () => {
  let calls = 0
  const counting: SyncQuicCipher = {
    block: (...given) => {
      calls++
      return nodeCipher.block(...given)
    },
    open: (...given) => nodeCipher.open(...given),
  }
  const reader = new QuicReader()
  for (let id = 1; id <= 4; id++) {
    const begin = initialPacket([1], { first: new Uint8Array(8).fill(id) })
    reader.readSync('client', datagram(begin), counting)
  }
  calls = 0
  const strange = initialPacket([1], { first, destination: serverChoice })
  reader.readSync('client', datagram(...new Array<Uint8Array>(8).fill(strange)), counting)
  expect(calls).toBe(8 * 5)
})
const serverChoice = Uint8Array.of(5, 5, 5)
