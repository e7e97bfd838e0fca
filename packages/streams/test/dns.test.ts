import { parseHex } from '@nfkit/inet'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeDns, dnsMessages, dnsResponseCode, dnsType } from '../src/dns/index.ts'
import { ReadError } from '../src/reader/error.ts'
import { dnsMessage, nameOf, overTcp, question, resourceRecord } from './dns-message.ts'
import { cuts, damaged, everywhere, joined, outcome } from './split.ts'
import { httpsAnswer } from './vectors/dns.ts'

const label = fc.stringMatching(/^[a-z0-9_-]{1,12}$/)
const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'))
const pointer = fc.nat(60).map((at) => Uint8Array.of(0xc0, at))
const owner = fc.oneof(name.map(nameOf), pointer)
const record = fc.oneof(
  owner.map((at) => resourceRecord(at, 1, [192, 0, 2, 1])),
  owner.map((at) => resourceRecord(at, 28, new Uint8Array(16))),
  fc.tuple(owner, owner).map(([at, to]) => resourceRecord(at, 5, to)),
  fc
    .tuple(owner, fc.nat(300), fc.uint8Array({ maxLength: 20 }))
    .map(([at, type, data]) => resourceRecord(at, type, data)),
  fc.constant(resourceRecord([0], 41, [], 1232, 0x8000)),
  fc.constant(resourceRecord([0xc0, 12], 65, [0, 1, 0, 0, 1, 0, 3, 2, 104, 51])),
)
const message = fc
  .record({
    flags: fc.constantFrom(0x0100, 0x8180, 0x8380),
    questions: fc.array(
      name.map((text) => question(text)),
      { maxLength: 2 },
    ),
    answers: fc.array(record, { maxLength: 3 }),
    additionals: fc.array(record, { maxLength: 2 }),
  })
  .map(dnsMessage)

/** A message as it was read, or the problem. */
const decoded = (bytes: Uint8Array) => {
  try {
    return decodeDns(bytes)
  } catch (error) {
    if (error instanceof ReadError) return error.problem
    throw error
  }
}

test('whatever comes, nothing but a ReadError is thrown, and the message stays as it was', () => {
  fc.assert(
    fc.property(fc.oneof(damaged(message), fc.uint8Array({ maxLength: 60 })), (bytes) => {
      const before = bytes.slice()
      decoded(bytes)
      expect(bytes).toEqual(before)
    }),
    { numRuns: 2000 },
  )
})

test('names are read as they were written', () => {
  fc.assert(
    fc.property(name, name, (asked, other) => {
      const { questions, answers } = decodeDns(
        dnsMessage({ questions: [question(asked)], answers: [resourceRecord([0xc0, 12], 5, nameOf(other))] }),
      )
      expect(questions).toEqual([{ name: asked, sentName: asked, type: 1, class: 1 }])
      expect(answers).toMatchObject([{ name: asked, kind: 'alias', target: other, ttlSeconds: 60 }])
    }),
  )
})

test('cut anywhere, a message is cut, unless it says so', () => {
  const whole = dnsMessage({
    questions: [question('a.example')],
    answers: [resourceRecord([0xc0, 12], 1, [192, 0, 2, 1])],
  })
  for (let end = 0; end < whole.length; end++) expect(decoded(whole.subarray(0, end))).toBe('truncated')
  const said = dnsMessage({
    flags: 0x8380,
    questions: [question('a.example')],
    answers: [1, 2].map((last) => resourceRecord([0xc0, 12], 1, [192, 0, 2, last])),
  })
  const partly = decodeDns(said.subarray(0, said.length - 1))
  expect(partly).toMatchObject({ flags: { truncated: true }, answers: [{ address: '192.0.2.1' }], odd: [] })
})

test('over TCP, however the stream is cut, the same is read', () => {
  const stream = fc.array(message, { minLength: 1, maxLength: 3 }).map((list) => joined(...list.map(overTcp)))
  fc.assert(
    fc.property(fc.oneof(stream, damaged(stream)), cuts, (bytes, at) => {
      const whole = outcome(dnsMessages(), bytes)
      expect(outcome(dnsMessages(), bytes, at)).toEqual(whole)
      expect(outcome(dnsMessages(), bytes, everywhere(bytes))).toEqual(whole)
    }),
  )
})

test('over TCP, a message is what it is over UDP, with its place', () => {
  fc.assert(
    fc.property(message, (bytes) => {
      const { results, problem } = outcome(dnsMessages(), overTcp(bytes))
      const alone = decoded(bytes)
      if (typeof alone === 'string') expect(problem).toBe(alone)
      else expect(results).toEqual([{ ...alone, start: 2, end: 2 + bytes.length }])
    }),
  )
})

test('the answer for a service, with hints and EDNS', () => {
  expect(decodeDns(httpsAnswer)).toEqual({
    id: 0x1234,
    isResponse: true,
    opcode: 0,
    flags: {
      authoritative: false,
      truncated: false,
      recursionDesired: true,
      recursionAvailable: true,
      authenticData: false,
      checkingDisabled: false,
    },
    responseCode: dnsResponseCode.noError,
    questions: [{ name: 'www.example.com', sentName: 'www.example.com', type: dnsType.https, class: 1 }],
    answers: [
      {
        name: 'www.example.com',
        type: dnsType.https,
        class: 1,
        ttlSeconds: 300,
        kind: 'service',
        service: {
          priority: 1,
          target: '.',
          alpn: ['h3', 'h2'],
          port: 8443,
          hints: ['192.0.2.1', '192.0.2.2', '2001:db8::1'],
          hasEch: false,
          keys: [1, 3, 4, 6],
        },
      },
    ],
    authorities: [],
    additionals: [],
    edns: { udpSize: 1232, version: 0, dnssecOk: true },
    odd: [],
  })
})

/** A message of one question and one record with these contents. */
const withRecord = (type: number, data: ArrayLike<number>) =>
  dnsMessage({ questions: [question('a')], answers: [resourceRecord([0xc0, 12], type, data)] })
const header = (count = 1) => parseHex(`1234 0100 000${count} 0000 0000 0000`)!
const service = (...parameters: number[]) => withRecord(65, [0, 1, 0, ...parameters])
/** A name at the end of pointers that lead to each other, in front of which a record holds them. */
function chain(length: number): Uint8Array {
  const start = 12 + 5 + 11
  const data = Array.from({ length }, (_, i) =>
    i === 0 ? [0, 0] : [0xc0 | ((start + 2 * i - 2) >> 8), (start + 2 * i - 2) & 255],
  ).flat()
  const end = start + 2 * length
  return dnsMessage({
    questions: [joined([0], [0, 1, 0, 1])],
    answers: [
      resourceRecord([0], 16, data),
      resourceRecord([0xc0 | ((end - 2) >> 8), (end - 2) & 255], 1, [192, 0, 2, 1]),
    ],
  })
}
const longName = joined(...new Array<Uint8Array>(4).fill(joined([63], new Uint8Array(63).fill(97))), [0])

test.each<[string, string, Uint8Array]>([
  ['less than a header', 'truncated', new Uint8Array(11)],
  ['a label of 64 bytes', 'label', joined(header(), [64], new Uint8Array(64), [0, 0, 1, 0, 1])],
  ['a label of an old kind', 'label', joined(header(), [0x80, 0, 0, 1, 0, 1])],
  ['a name of 257 bytes', 'name', joined(header(), longName, [0, 1, 0, 1])],
  ['a pointer at itself', 'pointer', joined(header(), [0xc0, 12, 0, 1, 0, 1])],
  ['a pointer forward', 'pointer', joined(header(), [0xc0, 14, 0, 0, 1, 0, 1])],
  ['a pointer into the header', 'pointer', joined(header(2), [0, 0, 1, 0, 1], [0xc0, 11, 0, 1, 0, 1])],
  ['a pointer into its own piece', 'pointer', joined(header(2), [1, 97, 0, 0, 1, 0, 1], [1, 97, 0xc0, 19, 0, 1, 0, 1])],
  ['a chain of 128 pointers', 'pointer', chain(128)],
  ['a pointer that is cut', 'truncated', joined(header(2), [0, 0, 1, 0, 1], [0xc0])],
  ['a label that is cut', 'truncated', joined(header(), [3, 97])],
  ['an address of three bytes', 'rdata', withRecord(1, [1, 2, 3])],
  ['an address of seventeen bytes', 'rdata', withRecord(28, new Uint8Array(17))],
  ['an alias with bytes behind it', 'rdata', withRecord(5, [0, 0])],
  ['an alias that ends behind its record', 'rdata', joined(withRecord(5, [1]), [97, 0])],
  ['parameters in the wrong order', 'rdata', service(0, 4, 0, 4, 192, 0, 2, 1, 0, 1, 0, 0)],
  ['a parameter twice', 'rdata', service(0, 1, 0, 0, 0, 1, 0, 0)],
  ['hints of three bytes', 'rdata', service(0, 4, 0, 3, 192, 0, 2)],
  ['a port of three bytes', 'rdata', service(0, 3, 0, 3, 1, 2, 3)],
  ['a parameter that is cut', 'rdata', service(0, 1, 0, 9, 1)],
])('%s: %s', (_, problem, bytes) => {
  expect(decoded(bytes)).toBe(problem)
})

test('a chain of 127 pointers leads to a name', () => {
  expect(decodeDns(chain(127)).answers).toMatchObject([{ kind: 'other' }, { name: '.', address: '192.0.2.1' }])
})

test.each([
  ['no question', ['questions'], dnsMessage({})],
  ['two questions', ['questions'], dnsMessage({ questions: [question('a'), question('b')] })],
  ['bytes behind the message', ['trailing'], joined(dnsMessage({ questions: [question('a')] }), [0])],
  [
    'two OPT records',
    ['edns'],
    dnsMessage({ questions: [question('a')], additionals: [1, 2].map((n) => resourceRecord([0], 41, [], n)) }),
  ],
])('%s: %j', (_, odd, bytes) => {
  expect(decodeDns(bytes).odd).toEqual(odd)
})

describe('a name', () => {
  const nameIn = (bytes: ArrayLike<number>) => decodeDns(joined(header(), bytes, [0, 1, 0, 1])).questions[0]

  test('is compared in lower case, and kept as it was sent', () => {
    expect(nameIn(nameOf('wWw.ExAmPlE'))).toMatchObject({ name: 'www.example', sentName: 'wWw.ExAmPlE' })
  })

  test('of the root is a dot', () => {
    expect(nameIn([0])?.name).toBe('.')
  })

  test('says each byte that is no plain character as a number', () => {
    expect(nameIn([4, 97, 46, 92, 0, 1, 0xe9, 0])?.name).toBe('a\\046\\092\\000.\\233')
  })

  test('of 255 bytes is the longest', () => {
    const name = joined(...[63, 63, 63, 61].map((size) => joined([size], new Uint8Array(size).fill(97))), [0])
    expect(name.length).toBe(255)
    expect(nameIn(name)?.name.length).toBe(253)
  })
})

test('in multicast DNS the class has a bit of its own', () => {
  const bytes = dnsMessage({
    questions: [question('a', 1, 0x8001)],
    answers: [resourceRecord([0xc0, 12], 1, [192, 0, 2, 1], 0x8001)],
  })
  expect(decodeDns(bytes)).toMatchObject({ questions: [{ class: 1 }], answers: [{ class: 1 }] })
})

test('EDNS gives the response code its upper bits', () => {
  const bytes = dnsMessage({
    flags: 0x8180,
    questions: [question('a')],
    additionals: [resourceRecord([0], 41, [], 1232, 0x0100_0000)],
  })
  expect(decodeDns(bytes).responseCode).toBe(16)
})

test('over TCP, a length shorter than a header is refused', () => {
  expect(outcome(dnsMessages(), joined(overTcp(dnsMessage({ questions: [question('a')] })), [0, 11]))).toMatchObject({
    results: [{}],
    problem: 'length',
  })
})

test('records of other types are views of the message', () => {
  const bytes = withRecord(16, [1, 97])
  const [text] = decodeDns(bytes).answers
  expect(text).toMatchObject({ kind: 'other', type: dnsType.txt, data: Uint8Array.of(1, 97) })
  bytes[bytes.length - 1] = 98
  expect(text).toMatchObject({ data: Uint8Array.of(1, 98) })
})
