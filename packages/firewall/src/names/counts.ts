/** What a firewall has heard of listed names. */
export interface NamesStats {
  /** Questions for them. */
  readonly questions: number
  /** Answers whose addresses are listed. */
  readonly resolved: number
  /** Answers that were left to `onFailure`. */
  readonly unresolved: number
  /** Answers that fit none of these questions: to other questions, or forged. */
  readonly others: number
}

/** The counters behind `NamesStats`. */
export class NameCounts {
  questions = 0
  resolved = 0
  unresolved = 0
  others = 0

  /** As they are now. */
  snapshot(): NamesStats {
    return { ...this }
  }
}
