const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const numbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

/** Aborts at the first SIGINT, SIGTERM or SIGHUP; a second one ends the program at once, but for what is done at exit. */
export function interrupted(): AbortSignal {
  const controller = new AbortController()
  for (const signal of signals) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(128 + numbers[signal])
      controller.abort()
    })
  }
  return controller.signal
}
