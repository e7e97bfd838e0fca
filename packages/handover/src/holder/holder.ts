import type { Estate } from '../messages.ts'

/** Who reads the sockets: one at a time. */
export interface Holder {
  /** Begin to read. Rejects when it cannot, and then reads nothing. */
  take(estate: Estate): Promise<void>
  /** Stop reading; resolves to what the next one gets as `state`. Rejects when it cannot, and then reads nothing either. */
  leave(): Promise<unknown>
}
