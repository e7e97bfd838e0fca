import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { utf8 } from '@nfkit/inet/bytes'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type HttpRequest, type HttpResponse, httpExchange, httpRequests } from '../src/http/index.ts'
import { cuts, damaged, everywhere, outcome } from './split.ts'

const latin1 = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'))
const line = fc.constantFrom(
  'Host: A.Example.',
  'Host: b.example:8080',
  'Content-Length: 5',
  'Content-Length: 0',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip , ChUnKeD',
  'X:',
  'X: \t a  b \t',
  ' folded',
  'no colon',
)
const start = fc.constantFrom(
  'GET / HTTP/1.1',
  'POST http://c.example/x HTTP/1.1',
  'CONNECT d.example:443 HTTP/1.1',
  'GET / HTTP/1.0',
)
const body = fc.constantFrom('', '12345', '3\r\nabc\r\n0\r\n\r\n', '00A;x=y\r\n0123456789\r\n0\r\nT: r\r\n\r\n', '\r\n')
const requestText = fc
  .tuple(start, fc.array(line, { maxLength: 3 }), body)
  .map(([first, lines, rest]) => [first, ...lines, '', rest].join('\r\n'))
const stream = fc.array(requestText, { minLength: 1, maxLength: 3 }).map((list) => latin1(list.join('')))
const anything = fc.oneof(stream, damaged(stream), fc.uint8Array({ maxLength: 60 }))

test('however a stream of requests is cut, the same is read, and nothing else is thrown', () => {
  fc.assert(
    fc.property(anything, cuts, (bytes, at) => {
      const whole = outcome(httpRequests({ most: 200 }), bytes)
      expect(outcome(httpRequests({ most: 200 }), bytes, at)).toEqual(whole)
      expect(outcome(httpRequests({ most: 200 }), bytes, everywhere(bytes))).toEqual(whole)
    }),
    { numRuns: 500 },
  )
})

const statusText = fc
  .tuple(
    fc.constantFrom('HTTP/1.1 200 OK', 'HTTP/1.1 204', 'HTTP/1.0 304 x', 'HTTP/1.1 100 Continue', 'HTTP/1.1 101 x'),
    fc.array(line, { maxLength: 3 }),
    body,
  )
  .map(([first, lines, rest]) => [first, ...lines, '', rest].join('\r\n'))
const answers = fc.array(statusText, { minLength: 1, maxLength: 3 }).map((list) => latin1(list.join('')))

test('however a stream of responses is cut, the same is read, and nothing else is thrown', () => {
  const methods = fc.array(fc.constantFrom('GET', 'HEAD', 'CONNECT'), { maxLength: 3 })
  const reader = (asked: readonly string[]) => {
    const { requests, responses } = httpExchange({ most: 200 })
    for (const method of asked) requests.push(utf8(`${method} a:1 HTTP/1.1\r\nHost: a\r\n\r\n`))
    return responses
  }
  fc.assert(
    fc.property(methods, fc.oneof(answers, damaged(answers)), cuts, (asked, bytes, at) => {
      expect(outcome(reader(asked), bytes, at)).toEqual(outcome(reader(asked), bytes))
    }),
    { numRuns: 500 },
  )
})

test('places of header lines are those in the stream', () => {
  fc.assert(
    fc.property(stream, (bytes) => {
      for (const head of outcome(httpRequests(), bytes).results as HttpRequest[]) {
        const at = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString('latin1')
        for (const { value, start, end } of head.fields) expect(at(start, end)).toBe(value)
        expect(at(head.start, head.end)).toMatch(/^\S+ .*\r\n\r\n$/s)
      }
    }),
  )
})

describe('Node, an independent parser,', () => {
  /** Method, target and body of each request that a server of Node hears, and whether it refuses what follows. */
  async function heard(bytes: Uint8Array) {
    const requests: string[] = []
    let isRefused = false
    const server = createServer({ requireHostHeader: false, keepAliveTimeout: 0 }, async (request, response) => {
      requests.push(`${request.method} ${request.url}`)
      request.resume()
      response.end()
    })
    server.on('clientError', (_, socket) => {
      isRefused = true
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const closed = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve))
    socket.resume().end(bytes)
    await closed
    server.close()
    return { requests, isRefused }
  }
  const plain = stream.filter((bytes) => !Buffer.from(bytes).includes('CONNECT'))

  test('reads no other requests than the reader', { timeout: 120_000 }, async () => {
    let both = 0
    for (const bytes of fc.sample(fc.oneof(plain, damaged(plain)), { numRuns: 600, seed: 20_261_128 })) {
      const { results, problem } = outcome(httpRequests(), bytes)
      const { requests, isRefused } = await heard(bytes)
      const read = (results as HttpRequest[]).map(({ method, target }) => `${method} ${target}`)
      const text = Buffer.from(bytes).toString('latin1')
      // A reader may be stricter than Node, and then reads less; it never reads something else.
      expect(requests.slice(0, read.length), text).toEqual(read.slice(0, requests.length))
      if (problem === undefined && !isRefused) expect(requests, text).toEqual(read)
      both += Math.min(requests.length, read.length)
    }
    expect(both).toBeGreaterThan(100)
  })
})

/** What a reader makes of requests: method and target of each, or the problem. */
const made = (text: string) => {
  const { results, problem } = outcome(httpRequests(), latin1(text))
  const heads = (results as HttpRequest[]).map(({ method, target }) => `${method} ${target}`)
  return problem === undefined ? heads : [...heads, problem]
}
const next = 'GET /next HTTP/1.1\r\nHost: a\r\n\r\n'
const withLines = (...lines: string[]) => ['POST /x HTTP/1.1', 'Host: a', ...lines, '', ''].join('\r\n')

test.each<[string, string[], string]>([
  ['a request and the next', ['GET /next', 'GET /next'], next + next],
  ['empty lines in front', ['GET /next'], `\r\n\r\n${next}`],
  ['a bare line feed', ['lineEnd'], 'GET / HTTP/1.1\nHost: a\n\n'],
  ['a bare carriage return', ['lineEnd'], 'GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n'],
  ['a folded line', ['fold'], withLines('X: a', ' b')],
  ['a space in front of the colon', ['field'], withLines('X : a')],
  ['a line without a colon', ['field'], withLines('X')],
  ['a line without a name', ['field'], withLines(': a')],
  ['a NUL in a value', ['control'], withLines('X: a\0b')],
  ['no space behind the colon', ['POST /x'], withLines('X:a')],
  ['two Host lines', ['hosts'], withLines('Host: a')],
  ['two spaces behind the method', ['startLine'], 'GET  / HTTP/1.1\r\n\r\n'],
  ['a space in the target', ['startLine'], 'GET /a b HTTP/1.1\r\n\r\n'],
  ['HTTP/1.2', ['startLine'], 'GET / HTTP/1.2\r\n\r\n'],
  ['HTTP/0.9', ['startLine'], 'GET /\r\n\r\n'],
  ['HTTP/2', ['http2'], 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['TLS', ['control'], '\x16\x03\x01\x00\x05hello\r\n'],
  ['a body', ['POST /x', 'GET /next'], `${withLines('Content-Length: 5')}GET /${next}`],
  ['a length twice', ['contentLength'], withLines('Content-Length: 5', 'Content-Length: 5')],
  ['a list of lengths', ['contentLength'], withLines('Content-Length: 1, 1')],
  ['a length with a sign', ['contentLength'], withLines('Content-Length: +1')],
  ['a hexadecimal length', ['contentLength'], withLines('Content-Length: 0x1')],
  ['an empty length', ['contentLength'], withLines('Content-Length:')],
  ['a length past 2^53', ['contentLength'], withLines('Content-Length: 9007199254740993')],
  ['a length and chunks', ['framing'], withLines('Content-Length: 5', 'Transfer-Encoding: chunked')],
  ['chunks and a length', ['framing'], withLines('Transfer-Encoding: chunked', 'Content-Length: 5')],
  ['an unknown coding', ['transferEncoding'], withLines('Transfer-Encoding: xchunked')],
  ['chunked that is not last', ['transferEncoding'], withLines('Transfer-Encoding: chunked, identity')],
  ['chunked twice', ['transferEncoding'], withLines('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')],
  ['a coding in HTTP/1.0', ['transferEncoding'], 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['chunks', ['POST /x', 'GET /next'], `${withLines('Transfer-Encoding: ChUnKeD')}3\r\nabc\r\n0\r\n\r\n${next}`],
  [
    'chunks of something else',
    ['POST /x', 'GET /next'],
    `${withLines('Transfer-Encoding: gzip, chunked')}0\r\n\r\n${next}`,
  ],
  [
    'extensions and a trailer',
    ['POST /x', 'GET /next'],
    `${withLines('Transfer-Encoding: chunked')}0a;x="y"\r\n0123456789\r\n000\r\nT: r\r\n\r\n${next}`,
  ],
  [
    'leading zeros',
    ['POST /x', 'GET /next'],
    `${withLines('Transfer-Encoding: chunked')}${'0'.repeat(30)}1\r\na\r\n0\r\n\r\n${next}`,
  ],
  ['a space behind the size', ['POST /x', 'chunk'], `${withLines('Transfer-Encoding: chunked')}3 \r\nabc\r\n`],
  ['no end behind a chunk', ['POST /x', 'chunk'], `${withLines('Transfer-Encoding: chunked')}3\r\nabcd\r\n`],
  ['a size past 2^53', ['POST /x', 'chunk'], `${withLines('Transfer-Encoding: chunked')}20000000000000\r\n`],
  ['a line feed behind the size', ['POST /x', 'lineEnd'], `${withLines('Transfer-Encoding: chunked')}3\nabc\r\n`],
  ['a tunnel', ['CONNECT a:443'], 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n\x16\x03\x01'],
  ['a head of 15,000 bytes', ['POST /x'], withLines(`X: ${'a'.repeat(15_000)}`)],
  ['a head of 17,000 bytes', ['tooLong'], withLines(`X: ${'a'.repeat(17_000)}`)],
])('%s: %j', (_, expected, text) => {
  expect(made(text)).toEqual(expected)
})

test.each([
  ['GET / HTTP/1.1', 'Host: WWW.Example.com.', 'www.example.com', undefined, []],
  ['GET / HTTP/1.1', 'Host: a.example:8080', 'a.example', 8080, []],
  ['GET / HTTP/1.1', 'Host: [2001:DB8::1]:80', '2001:db8::1', 80, []],
  ['GET / HTTP/1.1', 'Host: 192.0.2.1', '192.0.2.1', undefined, []],
  ['GET / HTTP/1.1', 'X: y', undefined, undefined, ['noHost']],
  ['GET / HTTP/1.1', 'Host:', undefined, undefined, ['noHost']],
  ['GET / HTTP/1.1', 'Host: a b', undefined, undefined, ['hostUnusable']],
  ['GET / HTTP/1.1', 'Host: user@a.example', undefined, undefined, ['hostUnusable']],
  ['GET / HTTP/1.1', 'Host: [nonsense]', undefined, undefined, ['hostUnusable']],
  ['GET http://b.example/x HTTP/1.1', 'Host: a.example', 'b.example', undefined, ['hostDiffers']],
  ['GET HTTP://A.example:81/x HTTP/1.1', 'Host: a.example', 'a.example', 81, []],
  ['CONNECT b.example:443 HTTP/1.1', 'Host: b.example:443', 'b.example', 443, []],
  ['OPTIONS * HTTP/1.1', 'Host: a.example', 'a.example', undefined, []],
])('%s with %s is for %s', (first, field, host, port, odd) => {
  const [request] = httpRequests().push(latin1(`${first}\r\n${field}\r\n\r\n`))
  expect(request).toMatchObject({ host, port, odd })
})

test('a long run of spaces takes time in proportion', () => {
  const spaces = ' '.repeat(15_000)
  const [request] = httpRequests().push(latin1(withLines(`X: a${spaces}b${spaces}`.slice(0, 16_000))))
  expect(request?.fields[1]?.value).toMatch(/^a +b?$/)
})

describe('an exchange', () => {
  const ask = (...methods: string[]) => {
    const exchange = httpExchange()
    for (const method of methods) exchange.requests.push(utf8(`${method} a:1 HTTP/1.1\r\nHost: a\r\n\r\n`))
    return exchange
  }
  const statuses = (text: string, ...methods: string[]) => {
    const { results, problem } = outcome(ask(...methods).responses, utf8(text))
    return [(results as HttpResponse[]).map(({ status, method }) => `${status} to ${method}`), problem]
  }

  test.each<[string, string[], string[], string]>([
    [
      'has responses in the order of the requests',
      ['GET', 'HEAD'],
      ['200 to GET', '200 to HEAD'],
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n',
    ],
    [
      'has informational responses in front',
      ['POST'],
      ['100 to POST', '103 to POST', '200 to POST'],
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX: y\r\n\r\nHTTP/1.1 200\r\n\r\n',
    ],
    [
      'has no body behind 204 and 304',
      ['GET', 'GET', 'GET'],
      ['204 to GET', '304 to GET', '200 to GET'],
      'HTTP/1.1 204 x\r\n\r\nHTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
    ],
    ['has a body up to the end', ['GET', 'GET'], ['200 to GET'], 'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'],
    [
      'may begin with a response that nobody asked for',
      [],
      ['408 to undefined'],
      'HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n',
    ],
    [
      'goes on when a tunnel is refused',
      ['CONNECT', 'GET'],
      ['403 to CONNECT'],
      'HTTP/1.1 403 x\r\nContent-Length: 1\r\n\r\na',
    ],
  ])('%s', (_, methods, expected, text) => {
    expect(statuses(text, ...methods)).toEqual([expected, undefined])
  })

  test('ends in a tunnel, whose bytes are handed on', () => {
    const { requests, responses } = ask('CONNECT')
    expect(requests.done).toBe(false)
    expect(responses.push(utf8('HTTP/1.1 200 Fine\r\n\r\nhello'))).toHaveLength(1)
    expect([responses.done, Buffer.from(responses.rest).toString()]).toEqual([true, 'hello'])
    expect(requests.push(utf8('hello, too'))).toEqual([])
    expect([requests.done, Buffer.from(requests.rest).toString()]).toEqual([true, 'hello, too'])
  })

  test('goes on with requests when a tunnel is refused', () => {
    const { requests, responses } = ask('CONNECT')
    expect(requests.push(utf8(next))).toEqual([])
    responses.push(utf8('HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n'))
    expect(requests.push(new Uint8Array(0))).toMatchObject([{ target: '/next' }])
  })

  test('ends when the protocol is switched', () => {
    const { requests, responses } = ask('GET')
    responses.push(utf8('HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\x81'))
    expect([...responses.rest]).toEqual([0xc2, 0x81])
    requests.push(Uint8Array.of(0x81, 0))
    expect([requests.done, [...requests.rest]]).toEqual([true, [0x81, 0]])
  })

  test('has bounds for requests that wait, and for bytes that follow a CONNECT', () => {
    const { requests } = httpExchange()
    const { problem, results } = outcome(requests, utf8(next.repeat(257)))
    expect([results.length, problem]).toEqual([256, 'tooManyRequests'])
    expect(outcome(ask('CONNECT').requests, new Uint8Array(16_385)).problem).toBe('early')
  })
})

test('a reader is amidst a head, and not in front of one, in a body or behind the end', () => {
  const requests = httpRequests()
  const text =
    'POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: a.example\r\n\r\n'
  const seen = Array.from(text, (character) => {
    requests.push(utf8(character))
    return requests.isAmidst ? character : '|'
  }).join('')
  const body = text.indexOf('abc')
  const [head, next] = [body - 1, text.length - (body + 3) - 1]
  expect(seen.split('|').map(({ length }) => length)).toEqual([head, 0, 0, 0, next, 0])
  const tunnel = httpRequests()
  tunnel.push(utf8('CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\nrest'))
  expect([tunnel.done, tunnel.isAmidst]).toEqual([true, false])
})
