import { ReadError } from '../reader/error.ts'

/**
 * Why a stream of HTTP/1 is not read further. Servers and proxies differ in what they make of most of these: what one refuses is to another the
 * way to smuggle a request.
 */
export const httpProblems = {
  startLine: 'this is no request or status line of HTTP/1.0 or 1.1',
  http2: 'HTTP/2 begins here: another reader must read on',
  lineEnd: 'a line ends without the carriage return, or one stands elsewhere',
  control: 'a control character stands in a line',
  field: 'a header line has no name, no colon, or a space in front of the colon',
  fold: 'a header line is continued on the next line, which is obsolete',
  tooLong: 'a head or a trailer is longer than this reader keeps: raise `most` to read it',
  hosts: 'there are several Host lines',
  contentLength: 'Content-Length is no number, or stands there twice',
  framing: 'Content-Length and Transfer-Encoding contradict each other',
  transferEncoding: 'the transfer encodings do not end with chunked, or HTTP/1.0 has some',
  chunk: 'the length of a chunk is no number, or its end is not where it must be',
  tooManyRequests: 'more requests wait for an answer than this reader keeps, 256',
  early: 'more bytes than this reader keeps follow a request that must be answered first',
} as const

/** A key of `httpProblems`. */
export type HttpProblem = keyof typeof httpProblems

export function refuse(problem: HttpProblem, at: number): never {
  throw new ReadError('HTTP', problem, httpProblems[problem], at)
}
