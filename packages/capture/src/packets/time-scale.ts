const second = 1_000_000_000n

/** Turns an interface's timestamps into nanoseconds since 1970. */
export class TimeScale {
  readonly #offset: bigint
  readonly #multiply: bigint
  readonly #divide: bigint

  /** `resolution` is pcapng's `if_tsresol`: a negative power of ten, or of two when its high bit is set. */
  constructor(resolution: number, offsetSeconds = 0n) {
    const power = BigInt(resolution & 0x7f)
    const ticksPerSecond = (resolution & 0x80) === 0 ? 10n ** power : 2n ** power
    const exact = second % ticksPerSecond === 0n
    this.#multiply = exact ? second / ticksPerSecond : second
    this.#divide = exact ? 1n : ticksPerSecond
    this.#offset = offsetSeconds * second
  }

  /** The high and low half of a count of ticks. Fractions of a nanosecond are dropped. */
  nanoseconds(high: number, low: number): bigint {
    const ticks = (BigInt(high) << 32n) | BigInt(low)
    const scaled = ticks * this.#multiply
    return (this.#divide === 1n ? scaled : scaled / this.#divide) + this.#offset
  }

  /** The inverse, for writing. */
  ticks(nanoseconds: bigint): bigint {
    return ((nanoseconds - this.#offset) * this.#divide) / this.#multiply
  }
}
