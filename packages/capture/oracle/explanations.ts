import type { Disagreement } from './comparison.ts'

/** A kind of disagreement whose reason is known. */
export interface Explanation {
  readonly name: string
  /** Who is right, and why. */
  readonly says: string
  readonly applies: (disagreement: Disagreement) => boolean
}

/** In this order: the first that applies counts. */
export const explanations: readonly Explanation[] = []
