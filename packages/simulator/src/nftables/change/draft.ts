import type { NftRuleState } from '../state/chain.ts'
import type { NftSetState } from '../state/set.ts'

/** A transaction while its messages are read: everything takes effect at once, and can be taken back. */
export class Draft {
  readonly portId: number
  /** Whether sets that are anonymous have found their rule, and what else can only be said at the end; throws `Refusal`. */
  readonly checks: (() => void)[] = []
  /** Events, to be told when all is done. */
  readonly events: ((generation: number) => Uint8Array)[] = []
  /** What has no way back, to be done at the end. */
  readonly finally: (() => void)[] = []
  /** What may be named by the caller's own numbers. */
  readonly sets = new Map<number, NftSetState>()
  readonly rules = new Map<number, NftRuleState>()
  readonly #undo: (() => void)[] = []
  /** Whether anything was changed. */
  changed = false

  constructor(portId: number) {
    this.portId = portId
  }

  /** Do something that can be taken back. */
  apply(act: () => void, undo: () => void): void {
    act()
    this.changed = true
    this.#undo.push(undo)
  }

  /** Take everything back, the latest first. */
  abort(): void {
    for (const undo of this.#undo.reverse()) undo()
  }
}
