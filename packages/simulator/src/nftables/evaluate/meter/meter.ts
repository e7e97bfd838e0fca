import type { Step } from '../../state/chain.ts'
import type { Context } from '../context.ts'

/** An expression with a state of its own, which is in its data as it is listed. */
export interface Meter {
  /** Data of its own for an expression that is new: all that is listed, with what was said. Throws `Refusal`. */
  begin(data: never): object
  /** The step that keeps that data. */
  step(data: never, context: Context): Step
  /** What becomes of counts that are read and begin anew. */
  readonly counts?: object
}
