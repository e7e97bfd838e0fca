/** What a direction may keep, and what becomes of a copy that differs. */
export interface DirectionLimits {
  /** Bytes that were read and may be repeated. */
  readonly history: number
  /** Bytes that wait for those before them. */
  readonly waitingBytes: number
  /** Pieces they are in. */
  readonly waitingPieces: number
  /** Whether a later copy that differs goes on with the bytes that came first, or not at all. */
  readonly differing: 'mend' | 'drop'
}

/** Who hears what a direction says. */
export interface DirectionOwner {
  /** Whether anybody does: bytes nobody has heard need not be known when they come again. */
  readonly isHeard: boolean
  /** Bytes that follow those before; a view, valid during the call. */
  said(data: Uint8Array, position: number): void
  /** The receiver has bytes that never came by here. */
  missed(from: number, to: number): void
  /** The sender has said all. */
  ended(): void
  /** More memory is kept, or less. */
  charge(bytes: number): void
}
