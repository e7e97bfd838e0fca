import { SilentEnd } from './failure.ts'
import { stdout } from './stdout.ts'

/**
 * Write to stdout; resolves when the reader can take more, or `signal` aborts. Rejects with `SilentEnd` when nothing can be written any
 * more: that has been told.
 */
export async function print(text: string, signal?: AbortSignal): Promise<void> {
  stdout.write(text)
  await stdout.drained(signal)
  if (stdout.hasFailed) throw new SilentEnd()
}
