import type { Transport } from '@nfkit/netlink-transport'

/** What a rule gives to connections from this port of 127.0.0.1, before they begin. */
export interface Gift {
  readonly sourcePort: number
  readonly helper?: string
  readonly timeoutPolicy?: string
  readonly zone?: number
}

/** Where a suite runs: a kernel, and the packets in it. Counters and times of connections are on. */
export interface World {
  readonly name: string
  connect(): Transport
  /** Why packets cannot be counted here; `undefined` when they can. */
  readonly uncounted: string | undefined
  /** A UDP datagram of 5 bytes, from this port of 127.0.0.1 to port 9. */
  send(sourcePort: number): Promise<void>
  /** Have a rule give something to connections; `clear` takes it back. */
  give(gift: Gift): void
  /** Have a rule set the connmark with each packet from this port; `clear` takes it back. */
  mark(sourcePort: number, mark: number): void
  /** Have a rule ask for labels, so that entries have room for them; `clear` takes it back. */
  label(): void
  /** Let some time pass: a moment here, a second where time is virtual. */
  pass(): Promise<void>
  /** Take back what was given. */
  clear(): void
}
