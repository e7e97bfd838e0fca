/** Why a connection failed: nobody listens, it was broken off, or nothing was answered; as a host's system calls say. */
export class SocketError extends Error {
  override readonly name = 'SocketError'
  readonly code: 'ECONNREFUSED' | 'ECONNRESET' | 'ETIMEDOUT'

  constructor(code: SocketError['code'], ends: string) {
    super(`${ends}: ${code}`)
    this.code = code
  }
}
