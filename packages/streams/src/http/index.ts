/**
 * Heads of HTTP/1 requests and responses, read from a stream: which host is asked for, with what, and where each header line stands. Start with
 * `httpRequests`.
 *
 * @module
 */
export { ReadError, type ReadProtocol } from '../reader/error.ts'
export type { Reader } from '../reader/reader.ts'
export { type HttpExchange, type HttpOptions, httpExchange, httpRequests } from './exchange.ts'
export type { HttpField, HttpHead } from './head.ts'
export { type HttpOddity, httpOddities, type RequestHost } from './host.ts'
export { type HttpProblem, httpProblems } from './problem.ts'
export type { HttpRequest } from './request.ts'
export type { HttpResponse } from './response.ts'
