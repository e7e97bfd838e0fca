/** Something a test did not bring to its end. */
export interface Leftover {
  /** A socket that is open, a batch that is not released, a packet that waits for its verdict, or a fault that did not happen. */
  readonly kind: 'socket' | 'batch' | 'packet' | 'fault'
  /** Where it is: `port 4242`, `queue 0`, `next socket`. */
  readonly where: string
  /** Which one: `packet 17`, `overrun`. */
  readonly what: string
}

/** What to do about each kind. */
const advice: { readonly [kind in Leftover['kind']]: string } = {
  socket: 'close what the test opened',
  batch: 'release each batch',
  packet: 'judge it, or close its queue',
  fault: 'what it is about never came',
}

/** A test left something behind. */
export class LeftoverError extends Error {
  static {
    this.prototype.name = 'LeftoverError'
  }
  readonly leftovers: readonly Leftover[]

  constructor(leftovers: readonly Leftover[]) {
    super(`the kernel is not quiet:\n${table(leftovers)}`)
    this.leftovers = leftovers
  }
}

function table(leftovers: readonly Leftover[]): string {
  const rows = leftovers.map(({ kind, where, what }) => [kind, where, what, advice[kind]])
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`).join('\n')
}
