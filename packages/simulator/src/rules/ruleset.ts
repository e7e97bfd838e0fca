import { family, hook } from '@nfkit/netlink-codec/nfnetlink'
import { hookPriority } from '../hooks/priority.ts'
import type { HookRegistry } from '../hooks/registry.ts'
import type { HookName } from '../hooks/route.ts'
import { Chain, type RuleHost } from './chain.ts'
import { checkRule } from './check.ts'
import type { Rule, RuleHandle, TableName } from './rule.ts'

/** A base chain, by what it was registered with. */
export interface ChainPlace {
  /** The hook point. */
  readonly hook: HookName
  /** The table; `filter` by default. */
  readonly table?: TableName | undefined
  /** Where the chain stands at the hook point; its table's usual place by default. */
  readonly priority?: number | undefined
  /** Family of the packets it sees; `inet` by default. */
  readonly family?: Rule['family']
}

interface Registered {
  readonly chain: Chain
  readonly place: ChainPlace
  readonly unregister: () => void
}

/** The rules of the namespace, in chains, each of which is a hook function. */
export class Ruleset {
  readonly #host: RuleHost
  readonly #registry: HookRegistry
  readonly #chains = new Map<string, Registered>()

  constructor(host: RuleHost, registry: HookRegistry) {
    this.#host = host
    this.#registry = registry
  }

  get isEmpty(): boolean {
    for (const { chain } of this.#chains.values()) if (chain.rules.length > 0) return false
    return true
  }

  /**
   * Append a rule to its chain, which is made when it does not exist. Throws `TypeError` for a key that no rule has, with the nearest one,
   * and `RangeError` for what no kernel would take.
   *
   * @example
   * import { SimulatedKernel } from '@nfkit/simulator'
   *
   * const kernel = new SimulatedKernel()
   * const rule = kernel.rules.add({ hook: 'forward', protocol: 'tcp', destinationPort: 443, queue: 3, bypass: true })
   * console.log(rule.matched) // 0
   */
  add(rule: Rule): RuleHandle {
    checkRule(rule)
    return this.addChain(rule).add(rule)
  }

  /**
   * Register a base chain, as `nft add chain` does. Adding one that exists changes nothing. Of chains with one priority the younger comes
   * first. Throws `RangeError` for a hook the family does not have.
   */
  addChain(place: ChainPlace): Chain {
    const key = keyOf(place)
    const existing = this.#chains.get(key)
    if (existing) return existing.chain
    const chain = new Chain(place.table ?? 'filter', priorityOf(place), this.#host)
    const unregister = this.#registry.register(hookFamilies[place.family ?? 'inet'], hook[place.hook], chain)
    if (place.table === 'nat') for (const of of translated(place)) this.#host.tracking.nat.take(of)
    this.#chains.set(key, { chain, place, unregister })
    return chain
  }

  /**
   * Unregister a base chain, as `nft delete chain` does: every packet that waits in any queue is dropped. Throws `RangeError` when
   * there is no such chain.
   */
  removeChain(place: ChainPlace): void {
    const key = keyOf(place)
    const registered = this.#chains.get(key)
    if (!registered) throw new RangeError(`there is no chain ${key}`)
    this.#chains.delete(key)
    this.#remove(registered)
  }

  /** Delete all rules and keep the chains, as `iptables -F` does: waiting packets stay. */
  flush(): void {
    for (const { chain } of this.#chains.values()) chain.clear()
  }

  /** Remove everything, as `nft flush ruleset` does: waiting packets are dropped. */
  flushRuleset(): void {
    const all = [...this.#chains.values()]
    this.#chains.clear()
    for (const registered of all) this.#remove(registered)
  }

  #remove({ chain, place, unregister }: Registered): void {
    chain.clear()
    if (place.table === 'nat') for (const of of translated(place)) this.#host.tracking.nat.release(of)
    unregister()
  }
}

const hookFamilies = { inet: 'inet', ipv4: 'ip', ipv6: 'ip6', bridge: 'bridge' } as const

/** The families of packets that a chain of the table `nat` translates. */
const translated = ({ family: of }: ChainPlace): readonly number[] =>
  of === 'ipv4' ? [family.ipv4] : of === 'ipv6' ? [family.ipv6] : [family.ipv4, family.ipv6]

const sourceNatHooks: readonly HookName[] = ['postrouting', 'input']

function priorityOf({ table = 'filter', hook: name, priority }: ChainPlace): number {
  if (priority !== undefined) return priority
  if (table === 'nat') return sourceNatHooks.includes(name) ? hookPriority.srcnat : hookPriority.dstnat
  return hookPriority[table]
}

const keyOf = (place: ChainPlace): string =>
  `${place.family ?? 'inet'} ${place.table ?? 'filter'} ${place.hook} ${priorityOf(place)}`
