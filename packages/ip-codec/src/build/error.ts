/** A packet that cannot be built as asked: bad text, or a value that does not fit. */
export class BuildError extends Error {
  static {
    this.prototype.name = 'BuildError'
  }
  /** What was given. */
  readonly given: string
  readonly reason: string

  constructor(given: string, reason: string) {
    super(`"${given}": ${reason}`)
    this.given = given
    this.reason = reason
  }
}

/** `value`, when it is a whole number from 0 to `max`; throws `BuildError` otherwise. */
export function whole(value: number, max: number, name: string): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value
  throw new BuildError(String(value), `${name} is a whole number from 0 to ${max}`)
}
