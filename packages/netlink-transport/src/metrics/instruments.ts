import type { Ledger } from './ledger.ts'

/** Takes seconds. */
export type Observe = (seconds: number) => void

/** The instruments of a metrics system, made from a table. */
export interface Instruments<Stats extends object> {
  /** The sources that are read for each export. */
  readonly ledger: Ledger<Stats>
  /** What observes the duration of a source, by its name. */
  observerOf(source: string): Observe
}
