import type { FirewallAnnouncer } from '../announcer.ts'
import type { FirewallEvents } from '../events.ts'

/** What each event says in a log, besides when and what. */
const told: { readonly [K in keyof FirewallEvents]: (...what: FirewallEvents[K]) => object } = {
  judged: (judged) => judged,
  failed: ({ error, ...failure }) => ({ ...failure, error: errorOf(error) }),
  resolved: (resolved) => resolved,
  unresolved: ({ error, ...unresolved }) =>
    error === undefined ? unresolved : { ...unresolved, error: errorOf(error) },
  reconsidered: (done) => done,
  unconfirmed: () => ({}),
  handoverRefused: (error) => ({ reason: error.reason, error: errorOf(error) }),
  warning: (text) => ({ text }),
  trouble: (error) => ({ error: errorOf(error) }),
}

/**
 * Write what a firewall tells as lines of JSON, one an event, each with its newline: `time`, `event`, the firewall's name, and what the event says.
 * Returns what ends it. What `write` throws is uncaught, as of every listener, and keeps nothing from being judged.
 *
 * @example
 * import { type Firewall, logFirewall } from '@nfkit/firewall'
 *
 * export const toOutput = (firewall: Firewall) => logFirewall(firewall, (line) => process.stdout.write(line))
 */
export function logFirewall(
  firewall: FirewallAnnouncer & { readonly name: string },
  write: (line: string) => unknown,
): () => void {
  const listeners = (Object.keys(told) as (keyof FirewallEvents)[]).map((event) => {
    const tell = told[event] as (...what: readonly unknown[]) => object
    const listener = (...what: readonly unknown[]): void => {
      const head = { time: new Date().toISOString(), event, firewall: firewall.name }
      write(`${JSON.stringify({ ...head, ...tell(...what) })}\n`)
    }
    firewall.on(event, listener)
    return () => firewall.off(event, listener)
  })
  return () => {
    for (const end of listeners) end()
  }
}

/** What a program can act on of an error: anything may have been thrown. */
function errorOf(error: unknown): object {
  if (!(error instanceof Error)) return { message: textOf(error) }
  const { name, message, code } = error as NodeJS.ErrnoException
  return { name, message, code }
}

function textOf(value: unknown): string {
  try {
    return String(value)
  } catch {
    return 'something that cannot be printed'
  }
}
