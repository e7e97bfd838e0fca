/** A filter expression that cannot be used. */
export class MatchError extends Error {
  static {
    this.prototype.name = 'MatchError'
  }
  /** Where in the expression, counted from 1. */
  readonly character: number

  constructor(at: number, reason: string) {
    super(`character ${at + 1}: ${reason}`)
    this.character = at + 1
  }
}
