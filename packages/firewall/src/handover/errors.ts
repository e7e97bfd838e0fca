const reasons = {
  damaged: 'it is damaged',
  version: 'it is of another version',
  foreign: 'it is of another firewall',
  oversized: 'it is longer than any',
} as const

/** Why nothing is taken over. */
export type HandoverRefusal = keyof typeof reasons

/** What the firewall before has said is not taken over: the next one begins as if it had said nothing. */
export class HandoverError extends Error {
  static {
    this.prototype.name = 'HandoverError'
  }
  readonly reason: HandoverRefusal

  /** `detail` is what is known besides. */
  constructor(reason: HandoverRefusal, detail = '', options?: ErrorOptions) {
    const what = `${reasons[reason]}${detail && `: ${detail}`}`
    super(
      `handover: ${what}; nothing that was decided counts, lists begin as they are given, and connections are judged anew`,
      options,
    )
    this.reason = reason
  }
}
