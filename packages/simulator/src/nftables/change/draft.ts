import type { Messages } from '../read/telling.ts'
import type { NftRequest } from '../request.ts'
import type { NftChainState, NftRuleState } from '../state/chain.ts'
import type { NftSetState } from '../state/set.ts'
import type { NftTableState } from '../state/table.ts'

/** What a message did, told when all is done. */
export interface Telling {
  readonly request: Pick<NftRequest, 'message' | 'has'>
  readonly sequence: number
  tell(messages: Messages): Uint8Array
}

/** A transaction while its messages are read: everything takes effect at once, and can be taken back. */
export class Draft {
  readonly portId: number
  /** What can be said at the end alone: whether anonymous sets have found their rule. They throw `Refusal`. */
  readonly checks: (() => void)[] = []
  readonly events: Telling[] = []
  /** What has no way back, to be done at the end. */
  readonly finally: (() => void)[] = []
  /** What may be named by the caller's own numbers. */
  readonly sets = new Map<number, NftSetState>()
  readonly chains = new Map<number, NftChainState>()
  readonly rules = new Map<number, NftRuleState>()
  /** Tables that went to sleep, or woke up. */
  readonly turned = new Set<NftTableState>()
  /** Tables that lose a base chain, or, for kernels that care, of which a chain is changed. */
  readonly rehooked = new Set<NftTableState>()
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

  /** Delete from a map; taken back, it has its place again. */
  drop<K, V>(from: Map<K, V>, key: K): void {
    const before = [...from]
    this.apply(
      () => from.delete(key),
      () => {
        from.clear()
        for (const [at, value] of before) from.set(at, value)
      },
    )
  }

  /** Set what an object has, to be set back. */
  assign<T extends object>(to: T, what: { readonly [K in keyof T]?: T[K] }): void {
    const before = Object.fromEntries(Object.keys(what).map((key) => [key, to[key as keyof T]]))
    this.apply(
      () => Object.assign(to, what),
      () => Object.assign(to, before),
    )
  }

  /** Tell of what a request did, once all is done. */
  tell(request: Telling['request'], tell: Telling['tell'], sequence = request.message.sequence): void {
    this.events.push({ request, sequence, tell })
  }

  /** Take everything back, the latest first. */
  abort(): void {
    for (const undo of this.#undo.reverse()) undo()
  }
}
