/** A filter expression that cannot be used. */
export class MatchError extends Error {
  static {
    this.prototype.name = 'MatchError'
  }
  /** Position in the expression, from 1. */
  readonly character: number

  constructor(at: number, reason: string) {
    super(`character ${at + 1}: ${reason}`)
    this.character = at + 1
  }
}
