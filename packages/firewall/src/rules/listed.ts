import type { ListedTable, TraceStep } from '@nfkit/nftables'
import { type FirewallVerdict, firewallVerdicts, MarkBits } from '../marks.ts'
import { counterOf } from './layout.ts'

/** What a firewall's rules have done with a packet. */
export type FirewallRuling =
  /** What was decided before: its connection's mark says so, or, of one that was refused before it was made, its ends. */
  | { readonly kind: 'held'; readonly verdict: FirewallVerdict; readonly by: 'mark' | 'ends' }
  /** What the judge has just said of it, or of its connection. */
  | { readonly kind: 'judged'; readonly verdict: FirewallVerdict }
  /** It went to the judge, and nothing was heard of it since. */
  | { readonly kind: 'asked' }
  /** An address of it is on a list. */
  | { readonly kind: 'listed'; readonly list: 'blocked' | 'allowed' }
  /** It passes without a judge: a host says it to itself, it is an error about a connection or a reset, or links need it. */
  | { readonly kind: 'passing'; readonly as: 'loopback' | 'related' | 'link' }
  /** No condition of the firewall is about it. */
  | { readonly kind: 'unmatched' }

/**
 * Returns the firewall whose table this is, whoever has opened it; `undefined` where it is another table.
 *
 * @example
 * import { firewallIn } from '@nfkit/firewall'
 * import type { Nftables } from '@nfkit/nftables'
 *
 * export async function firewallNames(nft: Nftables) {
 *   const { tables } = await nft.list()
 *   return tables.flatMap((table) => firewallIn(table)?.name ?? [])
 * }
 */
export function firewallIn(listed: ListedTable): ListedFirewall | undefined {
  const { table, chains, sets } = listed
  const decide = chains.find(({ chain }) => chain.name === 'decide')
  const looked = decide?.rules.flatMap(({ body }) => body).find((clause) => clause.kind === 'vmap')
  const cached = sets.find(({ set }) => set.name === 'cached')
  const isOurs = firewallVerdicts.every((verdict) => chains.some(({ chain }) => chain.name === counterOf(verdict)))
  if (table.family !== 'inet' || !isOurs || typeof looked?.mask !== 'number' || cached === undefined) return undefined
  if (!MarkBits.suffices(looked.mask)) return undefined
  const [mark] = cached.elements.map(({ key }) => key).filter((key) => typeof key === 'number')
  return new ListedFirewall(table.name, looked.mask, mark === undefined ? undefined : epochIn(looked.mask, mark))
}

/** The number of the epoch in a mark; `undefined` of a mask that no firewall of ours has. */
function epochIn(mask: number, mark: number): number | undefined {
  try {
    return new MarkBits(mask).epochOf(mark)
  } catch {
    return undefined
  }
}

/** A firewall, as its table tells of it. */
export class ListedFirewall {
  /** Its name, and that of its table. */
  readonly name: string
  /** The bits of marks that it uses. */
  readonly mask: number
  /** The number that stands for its epoch in marks: that of the policy in force, until numbers are used again. */
  readonly epoch: number | undefined

  /** @internal */
  constructor(name: string, mask: number, epoch: number | undefined) {
    this.name = name
    this.mask = mask
    this.epoch = epoch
  }

  /** What its rules have done with a packet, by the steps of its way; `undefined` where it came to none of them. */
  rulingOf(steps: readonly TraceStep[]): FirewallRuling | undefined {
    const own = steps.filter(({ family, table }) => family === 'inet' && table === this.name)
    return own.length === 0 ? undefined : (rulings.map((ruling) => ruling(own)).find(Boolean) ?? { kind: 'unmatched' })
  }
}

type Ruling = (steps: readonly TraceStep[]) => FirewallRuling | undefined

const at = (steps: readonly TraceStep[], chain: string): readonly TraceStep[] =>
  steps.filter((step) => step.chain === chain && step.kind === 'rule')

/** The names of the sets that a step's rule looks into. */
const setsOf = ({ rule }: TraceStep): readonly string[] =>
  (rule?.body ?? []).flatMap((clause) => (clause.kind === 'match' && 'set' in clause.right ? [clause.right.set] : []))

/** What decided comes first. */
const rulings: readonly Ruling[] = [
  (steps) => {
    const verdict = firewallVerdicts.find((one) => at(steps, counterOf(one)).length > 0)
    if (verdict === undefined) return undefined
    const isByEnds = at(steps, 'decide').some((step) => setsOf(step).length > 0)
    return { kind: 'held', verdict, by: isByEnds ? 'ends' : 'mark' }
  },
  (steps) => {
    const met = at(steps, 'settle')
    if (met.length === 0) return undefined
    const isRefused = at(steps, 'refuse').length > 0
    const isAccepted = met.some(({ verdict }) => verdict?.kind === 'accept')
    return { kind: 'judged', verdict: isRefused ? 'reject' : isAccepted ? 'accept' : 'drop' }
  },
  (steps) => (at(steps, 'decide').some(({ verdict }) => verdict?.kind === 'queue') ? { kind: 'asked' } : undefined),
  (steps) => {
    const looked = steps.filter(({ verdict }) => verdict?.kind === 'drop' || verdict?.kind === 'accept').flatMap(setsOf)
    const list = (['blocked', 'allowed'] as const).find((name) => looked.some((set) => set.startsWith(name)))
    return list && { kind: 'listed', list }
  },
  (steps) => {
    const passed = steps.find(({ verdict }) => verdict?.kind === 'accept')
    if (passed?.kind !== 'rule') return undefined
    const as = passed.chain === 'related' || passed.chain === 'link' ? passed.chain : 'loopback'
    return { kind: 'passing', as }
  },
]
