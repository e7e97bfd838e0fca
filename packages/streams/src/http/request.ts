import type { ByteQueue } from '../reader/byte-queue.ts'
import { type BodyLength, bodyLength } from './body.ts'
import { type HttpHead, Lines, token } from './head.ts'
import { type HttpOddity, hostOf, type RequestHost } from './host.ts'
import { refuse } from './problem.ts'

/** The head of a request. */
export interface HttpRequest extends HttpHead, RequestHost {
  /** As sent: `GET`. */
  readonly method: string
  /** What is asked for, as sent: a path, a URL, `host:port` with CONNECT, or `*` with OPTIONS. A character for each byte. */
  readonly target: string
  /** The version of HTTP. */
  readonly version: '1.0' | '1.1'
  /** What is unusual: keys of `httpOddities`. */
  readonly odd: readonly HttpOddity[]
}

const requestLine = new RegExp(`^(${token}) ([\\x21-\\x7e\\x80-\\xff]+) HTTP/(1\\.[01])$`)
const preface = 'PRI * HTTP/2.0'

/** The head of the next request, and how long its body is. */
export function* readRequest(
  input: ByteQueue,
  most: number,
): Generator<undefined, { readonly request: HttpRequest; readonly body: BodyLength }, void> {
  const odd = new Set<HttpOddity>()
  const lines = new Lines(input, most)
  let line = yield* lines.next()
  while (line.text === '') {
    odd.add('emptyLine')
    line = yield* lines.next()
  }
  if (line.text === preface) refuse('http2', line.at)
  const [, method, target, version] = requestLine.exec(line.text) ?? refuse('startLine', line.at)
  const fields = yield* lines.fields()
  const where = hostOf(method!, target!, fields, line.at, odd)
  const head = { fields, start: line.at, end: input.offset, odd: [...odd] }
  return {
    request: { method: method!, target: target!, version: version as HttpRequest['version'], ...where, ...head },
    body: bodyLength(fields, version!, line.at),
  }
}
