/**
 * What is wrong with a capture: it ends too early, its bytes contradict each other, it is of a kind not read here, or the file
 * itself cannot be read.
 */
export type CaptureProblem = 'truncated' | 'corrupt' | 'unsupported' | 'unreadable'

/** A capture file that cannot be read, or cannot be read further. What came before `offset` was delivered. */
export class CaptureError extends Error {
  static {
    this.prototype.name = 'CaptureError'
  }
  readonly problem: CaptureProblem
  /** Path of the file, or `capture` when it came from memory or a stream. */
  readonly file: string
  /** Byte offset in the capture, after decompression, of the record or header that is wrong. */
  readonly offset: number
  /** What is wrong and what to do. */
  readonly reason: string

  constructor(problem: CaptureProblem, place: { file: string; offset: number }, reason: string, cause?: unknown) {
    super(`${place.file}, byte ${place.offset}: ${reason}`, cause === undefined ? undefined : { cause })
    this.problem = problem
    this.file = place.file
    this.offset = place.offset
    this.reason = reason
  }
}
