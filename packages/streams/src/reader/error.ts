/** What was being read. */
export type ReadProtocol = 'TLS' | 'QUIC' | 'HTTP' | 'DNS'

/**
 * Bytes that are not what they must be, or more of them than the reader keeps. What was read before stays read; the reader reads no further.
 * Another program may read such bytes all the same: a filter that must not be evaded refuses the connection.
 */
export class ReadError extends Error {
  static {
    this.prototype.name = 'ReadError'
  }
  /** What was being read. */
  readonly protocol: ReadProtocol
  /** What is wrong: a key of `tlsProblems`, `quicProblems`, `httpProblems` or `dnsProblems`. */
  readonly problem: string
  /** Where: the offset of a byte in the stream, or in the datagram or message that was handed in. */
  readonly offset: number

  constructor(protocol: ReadProtocol, problem: string, sentence: string, offset: number) {
    super(`${protocol} at byte ${offset}: ${sentence}`)
    this.protocol = protocol
    this.problem = problem
    this.offset = offset
  }
}
