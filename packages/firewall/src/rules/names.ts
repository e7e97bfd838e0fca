import { accept, type Chain, type Part, parse, queue, type RuleTable } from '@nfkit/nftables'
import type { MarkBits } from '../marks.ts'
import { AddressSets } from './addresses.ts'
import type { FirewallHook } from './hooks.ts'
import { marking } from './verdicts.ts'

/** What rules of names are made from. */
export interface NameTerms {
  /** Number of the queue for DNS. */
  readonly queue: number
  /** Whose answers are believed: addresses and networks; `any` for all. */
  readonly servers: readonly string[] | 'any'
}

/**
 * How many addresses names may have on a list, all together. Of each family the kernel has room for twice as many: those that have run out leave a little
 * later.
 */
export const mostAddresses = 65_536

/** In nft's words: packets of DNS to a server, and from one. */
const directions = [
  ['daddr', 'dport'],
  ['saddr', 'sport'],
] as const

/**
 * The rules of names: DNS goes to a queue of its own, at each hook before connections are judged, so that an answer waits until its addresses
 * are in the sets.
 */
export class NameRules {
  readonly blocked: AddressSets<false>
  readonly allowed: AddressSets<false>
  /** Where connections go to allowed names: they are accepted as if the judge had said so, and stay so when the addresses have run out. */
  readonly admit: Chain
  readonly #table: RuleTable
  readonly #marks: MarkBits
  readonly #terms: NameTerms

  constructor(table: RuleTable, marks: MarkBits, terms: NameTerms) {
    this.#table = table
    this.#marks = marks
    this.#terms = terms
    const sets = { interval: false, size: 2 * mostAddresses } as const
    this.blocked = new AddressSets(table, 'named_blocked', sets)
    this.allowed = new AddressSets(table, 'named_allowed', sets)
    this.admit = table.chain('admit')
  }

  /** All of them, under an epoch, but what the judging chains say of the sets. */
  parts(epoch: number, hooks: readonly FirewallHook[], priority: number): readonly Part[] {
    return [this.admit, ...this.sets, ...this.admitting(epoch), ...hooks.flatMap((hook) => this.#hook(hook, priority))]
  }

  get sets() {
    return [...this.blocked.sets, ...this.allowed.sets]
  }

  /** The rules for connections to allowed names; one that the kernel does not follow is accepted packet by packet. */
  admitting(epoch: number): readonly Part[] {
    const { save, clear } = marking(this.#marks)
    const { admit } = this
    return [admit.rule(save(this.#marks.of('accept', epoch))), admit.rule(clear), admit.rule(accept())]
  }

  #hook(hook: FirewallHook, priority: number): readonly Part[] {
    const chain = this.#table.chain(`names_${hook}`, { hook, priority })
    // Where no program reads the queue, DNS passes: what names stand for is not known then, and their addresses are judged.
    const queued = queue(this.#terms.queue, { bypass: true })
    return [chain, ...this.#conditions().map((text) => chain.rule(...parse(text), queued))]
  }

  #conditions(): readonly string[] {
    const { servers } = this.#terms
    const families = ['ip', 'ip6'].map((family) => [family, ofFamily(servers, family)] as const)
    return directions.flatMap(([address, port]) => {
      const isDns = `meta l4proto { tcp, udp } th ${port} 53`
      if (servers === 'any') return [isDns]
      return families.flatMap(([family, of]) =>
        of.length === 0 ? [] : [`${family} ${address} { ${of.join(', ')} } ${isDns}`],
      )
    })
  }
}

const ofFamily = (servers: NameTerms['servers'], family: string): readonly string[] =>
  servers === 'any' ? [] : servers.filter((one) => one.includes(':') === (family === 'ip6'))
