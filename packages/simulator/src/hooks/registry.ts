import { family as families, hook } from '@nfkit/netlink-codec/nfnetlink'
import type { HookFamily } from './family.ts'
import type { HookFunction } from './journey.ts'

const { prerouting, input, forward, output, postrouting, brouting } = hook
const ip = [prerouting, input, forward, output, postrouting]

/** The families packets have, and the hook points of each (`NF_INET_*`, `NF_ARP_*`, `NF_BR_*`, `NF_NETDEV_*`). */
const points: {
  readonly [family in HookFamily]: { readonly families: readonly number[]; readonly hooks: readonly number[] }
} = {
  inet: { families: [families.ipv4, families.ipv6], hooks: ip },
  ip: { families: [families.ipv4], hooks: ip },
  ip6: { families: [families.ipv6], hooks: ip },
  arp: { families: [families.arp], hooks: [0, 1, 2] },
  bridge: { families: [families.bridge], hooks: [...ip, brouting] },
  netdev: { families: [families.netdev], hooks: [0, 1] },
}

const none: readonly HookFunction[] = []

/** The functions at each hook point of a network namespace: the kernel's own, and those of rules (net/netfilter/core.c). */
export class HookRegistry {
  readonly #byPoint = new Map<number, readonly HookFunction[]>()
  readonly #onUnregister: () => void

  /** `onUnregister` runs when a function is taken away: the kernel drops every packet that waits in a queue then (nf_queue_nf_hook_drop). */
  constructor(onUnregister: () => void) {
    this.#onUnregister = onUnregister
  }

  /**
   * Put a function at a hook point, by its priority. Of equal ones the younger comes first (nf_hook_entries_grow). Returns what takes it
   * away. Throws `RangeError` for a hook the family does not have.
   */
  register(family: HookFamily, number: number, added: HookFunction): () => void {
    const { families: of, hooks } = points[family]
    if (!hooks.includes(number)) throw new RangeError(`the family ${family} has no hook ${number}`)
    const keys = of.map((one) => keyOf(one, number))
    for (const key of keys) {
      const there = this.#byPoint.get(key) ?? none
      const before = there.filter(({ priority }) => priority < added.priority)
      this.#byPoint.set(key, [...before, added, ...there.slice(before.length)])
    }
    return () => {
      const isThere = keys.some((key) => this.#byPoint.get(key)?.includes(added))
      for (const key of keys)
        this.#byPoint.set(
          key,
          (this.#byPoint.get(key) ?? none).filter((one) => one !== added),
        )
      if (isThere) this.#onUnregister()
    }
  }

  /** The functions packets of a family meet at a hook point, in order. */
  at(family: number, number: number): readonly HookFunction[] {
    return this.#byPoint.get(keyOf(family, number)) ?? none
  }
}

const keyOf = (family: number, number: number): number => 16 * family + number
