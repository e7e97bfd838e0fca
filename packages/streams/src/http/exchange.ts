import * as argument from '../reader/argument.ts'
import type { ByteQueue } from '../reader/byte-queue.ts'
import { aside, between, type Parser, Reader } from '../reader/reader.ts'
import { skipAll, skipBody } from './body.ts'
import { refuse } from './problem.ts'
import { type HttpRequest, readRequest } from './request.ts'
import { type HttpResponse, readResponse } from './response.ts'

/** How much a reader of HTTP keeps. */
export interface HttpOptions {
  /** The longest head, in bytes: 16,384 unless said, as in Node and many servers. */
  readonly most?: number
}

const usual = 16_384
const mostWaiting = 256

/** The readers of both sides of one connection. */
export interface HttpExchange {
  /** Reads what the client sends. */
  readonly requests: Reader<HttpRequest>
  /** Reads what the server sends. */
  readonly responses: Reader<HttpResponse>
}

/**
 * Reads the heads of all requests of an HTTP/1 client, one after another; bodies are passed over. After CONNECT the reader is done: a tunnel begins.
 * To follow a connection beyond that, read both sides: `httpExchange`.
 *
 * At most `most` bytes of a head are kept, and twice that while they grow. `push` throws a `ReadError` for what servers and proxies read in different
 * ways: `httpProblems`. An option that cannot be throws `TypeError` or `RangeError`.
 *
 * @example
 * import { utf8 } from '@nfkit/inet/bytes'
 * import { httpRequests } from '@nfkit/streams/http'
 *
 * const reader = httpRequests()
 * console.log(reader.push(utf8('GET /news HTTP/1.1\r\nHost: Exam'))) // []
 * const [request] = reader.push(utf8('ple.com:8080\r\n\r\n'))
 * console.log(request?.method, request?.target, request?.host, request?.port) // GET /news example.com 8080
 */
export function httpRequests(options: HttpOptions = {}): Reader<HttpRequest> {
  const most = argument.most('httpRequests', options, usual)
  return new Reader((input) => requestsIn(input, most))
}

function* requestsIn(input: ByteQueue, most: number): Parser<HttpRequest> {
  for (;;) {
    while (input.length === 0) yield between
    const { request, body } = yield* readRequest(input, most)
    yield request
    if (request.method === 'CONNECT') return
    yield* aside(skipBody(input, body ?? 0, most))
  }
}

/**
 * Reads the heads of both sides of an HTTP/1 connection. A response is read as the request before it demands, so feed the requests first. Both
 * readers are done when another protocol begins: after a response to CONNECT that grants it, or one that switches protocols. Informational
 * responses are results, too. Bounds and errors are those of `httpRequests`, and `push` throws a `ReadError` when more than 256 requests wait
 * for their answers. An option that cannot be throws `TypeError` or `RangeError`.
 *
 * @example
 * import { utf8 } from '@nfkit/inet/bytes'
 * import { httpExchange } from '@nfkit/streams/http'
 *
 * const { requests, responses } = httpExchange()
 * requests.push(utf8('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n'))
 * const [response] = responses.push(utf8('HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n'))
 * console.log(response?.status, response?.method) // 200 HEAD
 */
export function httpExchange(options: HttpOptions = {}): HttpExchange {
  const exchange = new Exchange(argument.most('httpExchange', options, usual))
  return {
    requests: new Reader((input) => exchange.requests(input)),
    responses: new Reader((input) => exchange.responses(input)),
  }
}

/** What the two sides of a connection know of each other. */
class Exchange {
  readonly #most: number
  /** Methods of the requests that wait for an answer. */
  readonly #waiting: string[] = []
  #isSwitched = false

  constructor(most: number) {
    this.#most = most
  }

  *requests(input: ByteQueue): Parser<HttpRequest> {
    const most = this.#most
    for (;;) {
      while (input.length === 0 && !this.#isSwitched) yield between
      if (this.#isSwitched) return
      const { request, body } = yield* readRequest(input, most)
      if (this.#waiting.length === mostWaiting) refuse('tooManyRequests', request.start)
      this.#waiting.push(request.method)
      yield request
      if (request.method === 'CONNECT') {
        // Whether a tunnel or the next request follows is for the server to say.
        while (this.#waiting.length > 0) {
          if (input.length > most) refuse('early', request.end)
          yield
        }
      } else yield* aside(skipBody(input, body ?? 0, most))
    }
  }

  *responses(input: ByteQueue): Parser<HttpResponse> {
    const most = this.#most
    for (;;) {
      while (input.length === 0) yield between
      const { response, body } = yield* readResponse(input, most, () => this.#waiting[0])
      const { status, method } = response
      const isFinal = status >= 200 || status === 101
      this.#isSwitched = status === 101 || (method === 'CONNECT' && status >= 200 && status < 300)
      if (isFinal) this.#waiting.shift()
      yield response
      if (this.#isSwitched) return
      yield* aside(body === 'untilClose' ? skipAll(input) : skipBody(input, body, most))
    }
  }
}
