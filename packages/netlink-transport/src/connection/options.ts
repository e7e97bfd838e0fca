import type { Advice } from '../errors.ts'

/** How long a request waits, and what its refusals mean. */
export interface RequestOptions {
  /** Sentences for the errnos this request may be refused with. */
  readonly advice?: Advice | undefined
  /** Stop waiting. The kernel may have acted on the request all the same. */
  readonly signal?: AbortSignal | undefined
  /**
   * How long the kernel may be silent: above 0 and up to 2,147,483,647, or `Infinity`; 5,000 by default. Only a lost answer takes longer
   * than a moment.
   */
  readonly timeoutMilliseconds?: number | undefined
  /** Called within the call, when the kernel has taken the request and before its answer. Not called when sending failed. */
  readonly sent?: (() => void) | undefined
}

/** How long a dump waits, and what its interruption means. */
export interface DumpOptions extends Omit<RequestOptions, 'sent'> {
  /** When the table changed meanwhile (`NLM_F_DUMP_INTR`): reject after the last entry, or say nothing. */
  readonly onInterrupted?: 'throw' | 'ignore' | undefined
}
