/** `NF_VERDICT_FLAG_QUEUE_BYPASS`. */
export const bypassFlag = 0x8000

/** The verdict that hands a packet to a queue. */
export const queueVerdict = (number: number, bypass: boolean): number =>
  ((number << 16) | (bypass ? bypassFlag : 0) | 3) >>> 0

/** The low byte of a verdict, which says what to do; the rest is for queue verdicts. */
export const verdictMask = 0xff
