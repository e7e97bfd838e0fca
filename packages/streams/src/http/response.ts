import type { ByteQueue } from '../reader/byte-queue.ts'
import { bodyLength } from './body.ts'
import { type HttpHead, Lines } from './head.ts'
import { refuse } from './problem.ts'

/** The head of a response. */
export interface HttpResponse extends HttpHead {
  /** The status code, from 100 to 999. */
  readonly status: number
  /** The text behind it, as sent; mostly empty or of no meaning. */
  readonly reason: string
  /** The version of HTTP. */
  readonly version: '1.0' | '1.1'
  /** The method of the request it answers; `undefined` when no request was read. */
  readonly method: string | undefined
}

const statusLine = /^HTTP\/(1\.[01]) ([1-9]\d\d)(?: (.*))?$/s

/** The head of the next response, to a request with this method, and what follows it. */
export function* readResponse(
  input: ByteQueue,
  most: number,
  methodOf: () => string | undefined,
): Generator<undefined, { readonly response: HttpResponse; readonly body: number | 'chunked' | 'untilClose' }, void> {
  const lines = new Lines(input, most)
  const line = yield* lines.next()
  const [, version, digits, reason = ''] = statusLine.exec(line.text) ?? refuse('startLine', line.at)
  const fields = yield* lines.fields()
  const [status, method] = [Number(digits), methodOf()]
  const hasNone = method === 'HEAD' || status < 200 || status === 204 || status === 304
  return {
    response: {
      status,
      reason,
      version: version as HttpResponse['version'],
      method,
      fields,
      start: line.at,
      end: input.offset,
    },
    body: hasNone ? 0 : (bodyLength(fields, version!, line.at) ?? 'untilClose'),
  }
}
