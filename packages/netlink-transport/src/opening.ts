import type { Transport } from './transport.ts'

/** Takes a transport and returns what takes its place, with everything the transport has. */
export type Wrap = <T extends Transport>(transport: T) => T

/** Of the process and not of this module: a program and what is loaded before it may have copies of their own. */
const key = Symbol.for('nfkit.transport.wraps')
const shared = globalThis as { [key]?: Set<Wrap> }

/**
 * From here on have `wrap` take the place of every transport that a program opens: a recorder, say, that is loaded before the program
 * (`node --import`). Siblings are not asked for: they are the wrap's own. What it throws, the opening throws. Returns what ends it.
 *
 * @example
 * import { wrapOpened } from '@nfkit/netlink-transport'
 *
 * const end = wrapOpened((transport) => Object.assign(transport, { openedAt: performance.now() }))
 * // Transports that are opened here have `openedAt`.
 * end()
 */
export function wrapOpened(wrap: Wrap): () => void {
  shared[key] ??= new Set()
  const wraps = shared[key]
  wraps.add(wrap)
  return () => wraps.delete(wrap)
}

/** What a program gets for a transport that was just opened: for those who open transports, as `openMnl` does. Closed where a wrap throws. */
export function opened<T extends Transport>(transport: T): T {
  let outermost = transport
  try {
    for (const wrap of shared[key] ?? []) outermost = wrap(outermost)
    return outermost
  } catch (error) {
    outermost.close()
    throw error
  }
}
