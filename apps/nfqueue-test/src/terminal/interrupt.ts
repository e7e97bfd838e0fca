import { stderr } from './stderr.ts'
import { outputGone, stdout } from './stdout.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const numbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

/** How long closing in order may take after an interrupt, and then how long readers of the output have. */
const closingMilliseconds = 5_000
const readingMilliseconds = 1_000

let isInterrupted = false

/**
 * Aborts at the first SIGINT, SIGTERM or SIGHUP. A second one, or one after which nothing ends within five seconds, ends the program at
 * once, but for what is done at exit.
 */
export function interrupted(): AbortSignal {
  const controller = new AbortController()
  for (const signal of signals) {
    process.on(signal, () => {
      const exit = () => process.exit(128 + numbers[signal])
      if (isInterrupted) exit()
      isInterrupted = true
      setTimeout(exit, closingMilliseconds).unref()
      controller.abort()
    })
  }
  return controller.signal
}

/** The end of the program. It waits for the reader of its output, but not after an interrupt, and for its input only as long as it has a reader. */
export async function end(): Promise<void> {
  if (!isInterrupted && !outputGone.aborted) return
  const late = AbortSignal.timeout(readingMilliseconds)
  await Promise.all([stdout.flushed(late), stderr.flushed(late)])
  process.exit()
}
