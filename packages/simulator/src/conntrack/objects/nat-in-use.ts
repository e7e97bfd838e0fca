import { HookRegistry } from '../../hooks/registry.ts'
import { InUse } from './in-use.ts'

/** Who translates addresses, by family of packets, and the chains of nf_tables that do: at a hook point only a new connection meets them. */
export class NatInUse {
  readonly chains = new HookRegistry(() => {})
  /** Runs when nothing translates a family any more: the functions of the kernel that do go then (nf_nat_unregister_fn). */
  onUnused: () => void = () => {}
  readonly #users = new Map<number, InUse>()

  /** Whether anything translates a family. */
  isIn(family: number): boolean {
    return this.#of(family).any
  }

  take(family: number): void {
    this.#of(family).take()
  }

  release(family: number): void {
    this.#of(family).release()
    if (!this.isIn(family)) this.onUnused()
  }

  #of(family: number): InUse {
    const users = this.#users.get(family) ?? new InUse()
    this.#users.set(family, users)
    return users
  }
}
