/** Bytes that cannot be what they claim to be. Unknown attributes never cause it; impossible lengths do. */
export class DecodeError extends Error {
  static {
    this.prototype.name = 'DecodeError'
  }
  /** The table, attribute or header being read, in the kernel's spelling: `NFQA_PACKET_HDR`. */
  readonly where: string
  /** Byte offset in the bytes that were given. */
  readonly offset: number
  readonly reason: string

  constructor(where: string, offset: number, reason: string) {
    super(`${where} at byte ${offset}: ${reason}`)
    this.where = where
    this.offset = offset
    this.reason = reason
  }
}

/** A value that cannot be put on the wire: out of range, too long, or of the wrong shape. Nothing was sent. */
export class EncodeError extends Error {
  static {
    this.prototype.name = 'EncodeError'
  }
  /** The attribute or field, in the kernel's spelling: `CTA_MARK`. */
  readonly where: string
  readonly reason: string

  constructor(where: string, reason: string) {
    super(`${where}: ${reason}`)
    this.where = where
    this.reason = reason
  }
}
