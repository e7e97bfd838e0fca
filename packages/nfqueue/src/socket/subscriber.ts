import type { Ending, VerdictError } from '../errors.ts'
import type { Burst } from '../packet/burst.ts'
import type { Memory } from '../packet/memory.ts'

/** A queue, as its channel sees it. */
export interface Subscriber {
  /** Whether packets that came before wait for their verdicts. */
  readonly isBehind: boolean
  /** Takes the packet whose message is `memory.bytes[start, end)`. Returns whether its bytes are needed there yet. */
  receive(memory: Memory, start: number, end: number, burst: Burst): boolean
  /** A packet was handed over, and `receive` threw. */
  missed(): void
  verdictRefused(error: VerdictError): void
  trouble(error: Error): void
  /** The socket is closed: nothing comes and nothing leaves any more. */
  ended(error: Error): void
  /**
   * It is bound no more, and the kernel has dropped what waits; or it was handed over, and what waits is for the next program. The verdicts for
   * these packets were never sent: why, the error says.
   */
  removed(unsent: readonly number[], error: Error | undefined, ending: Ending): void
}
