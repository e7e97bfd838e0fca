import { family, hook } from '@nfkit/netlink-codec'
import { type HookFunction, type HookName, hookPriority } from '../hooks/priority.ts'
import { Chain, type RuleHost } from './chain.ts'
import type { Rule, RuleHandle, TableName } from './rule.ts'

/** A base chain, by what it was registered with. */
export interface ChainPlace {
  readonly hook: HookName
  readonly table?: TableName | undefined
  readonly priority?: number | undefined
  readonly family?: Rule['family']
}

interface Registered {
  readonly key: string
  readonly bridge: boolean
  readonly hook: number
  readonly chain: Chain
}

/** The rules of the namespace, in chains, among the kernel's own hook functions. */
export class Rules {
  readonly #host: RuleHost
  readonly #builtin: (bridge: boolean, hook: number) => readonly HookFunction[]
  readonly #onUnregister: () => void
  #chains: Registered[] = []
  #cache = new Map<number, readonly HookFunction[]>()

  /** `builtin` are the kernel's own functions; `onUnregister` runs when any hook is taken away. */
  constructor(
    host: RuleHost,
    builtin: (bridge: boolean, hook: number) => readonly HookFunction[],
    onUnregister: () => void,
  ) {
    this.#host = host
    this.#builtin = builtin
    this.#onUnregister = onUnregister
  }

  get isEmpty(): boolean {
    return this.#chains.every(({ chain }) => chain.rules.length === 0)
  }

  /** Whether there is a chain of this table. */
  has(table: TableName): boolean {
    return this.#chains.some(({ chain }) => chain.name === table)
  }

  /** Whether any rule sets or looks at connection labels, so that new connections get room for them (nf_connlabels_get). */
  get useLabels(): boolean {
    return this.#chains.some(({ chain }) => chain.usesLabels)
  }

  /** Append a rule to its chain, which is made when it does not exist. Throws `RangeError` for what no kernel would take. */
  add(rule: Rule): RuleHandle {
    check(rule)
    return this.addChain(rule).add(rule)
  }

  /** Register a base chain, as `nft add chain` does. Adding one that exists changes nothing. */
  addChain(place: ChainPlace): Chain {
    const key = keyOf(place)
    const existing = this.#chains.find((other) => other.key === key)
    if (existing) return existing.chain
    const chain = new Chain(place.table ?? 'filter', priorityOf(place), this.#host)
    this.#chains.push({ key, bridge: place.family === 'bridge', hook: hook[place.hook], chain })
    this.#cache.clear()
    return chain
  }

  /** Unregister a base chain, as `nft delete chain` does: every packet that waits in any queue is dropped. */
  removeChain(place: ChainPlace): void {
    const key = keyOf(place)
    const left = this.#chains.filter((other) => other.key !== key)
    if (left.length === this.#chains.length) throw new RangeError(`there is no chain ${key}`)
    this.#chains = left
    this.#cache.clear()
    this.#onUnregister()
  }

  /** Delete all rules and keep the chains, as `iptables -F` does: waiting packets stay. */
  flush(): void {
    for (const { chain } of this.#chains) chain.clear()
  }

  /** Remove everything, as `nft flush ruleset` does: waiting packets are dropped. */
  flushRuleset(): void {
    if (this.#chains.length === 0) return
    this.#chains = []
    this.#cache.clear()
    this.#onUnregister()
  }

  /** The functions at one hook point, in the order of their priorities. */
  at(packetFamily: number, number: number): readonly HookFunction[] {
    const bridge = packetFamily === family.bridge
    const key = number + (bridge ? 16 : 0)
    let hooks = this.#cache.get(key)
    if (!hooks) {
      const chains = this.#chains
        .filter((one) => one.bridge === bridge && one.hook === number)
        .map(({ chain }) => chain)
      hooks = [...this.#builtin(bridge, number), ...chains].sort((a, b) => a.priority - b.priority)
      this.#cache.set(key, hooks)
    }
    return hooks
  }
}

const sourceNatHooks: readonly HookName[] = ['postrouting', 'input']

function priorityOf({ table = 'filter', hook: name, priority }: ChainPlace): number {
  if (priority !== undefined) return priority
  if (table === 'nat') return sourceNatHooks.includes(name) ? hookPriority.srcnat : hookPriority.dstnat
  return hookPriority[table]
}

const keyOf = (place: ChainPlace): string =>
  `${place.family ?? 'inet'} ${place.table ?? 'filter'} ${place.hook} ${priorityOf(place)}`

function check({ queue }: Rule): void {
  if (queue === undefined) return
  const { first, count } = typeof queue === 'number' ? { first: queue, count: 1 } : queue
  if (!(count >= 1)) throw new RangeError(`a rule needs at least one queue, not ${count}`)
  if (!(first >= 0 && first + count - 1 <= 0xffff))
    throw new RangeError(`queues ${first} to ${first + count - 1} are not all between 0 and 65535`)
}
