import {
  accept,
  assign,
  type Chain,
  type Clause,
  ct,
  drop,
  goto,
  meta,
  type NamedMap,
  type ChainRule as Rule,
} from '@nfkit/nftables'
import { type FirewallVerdict, firewallVerdicts, type MarkBits } from '../marks.ts'

/** Where the kernel does by itself what was decided, and counts it: a chain for each verdict. */
export type CachedChains = { readonly [verdict in FirewallVerdict]: Chain }

/** What packets come to that bring a verdict, and connections that have one. */
export interface VerdictChains {
  /** Where packets go that the judge has sent back with a mark. */
  readonly settle: Chain
  /** What becomes of connections by their mark. */
  readonly cached: NamedMap<readonly ['mark'], 'verdict'>
  readonly held: CachedChains
  /** Answers, and drops. */
  readonly refuse: Chain
  /** Remembers a connection that is dropped, and drops it. */
  readonly dropped: Chain
  /** Remembers a connection that is refused, and answers. */
  readonly rejected: Chain
}

/** Writes the bits of one firewall into marks of connections and packets. */
export const marking = ({ mask }: MarkBits) => ({
  save: (value: number) => assign(ct.mark, ct.mark, { mask, value }),
  clear: assign(meta.mark, meta.mark, { mask, value: 0 }),
})

/** What takes firewall's bits away that a packet has of its own: they are no verdict. */
export const cleaning = (marks: MarkBits): readonly Clause[] => [
  meta.mark.masked(marks.mask).isNot(0),
  marking(marks).clear,
]

/** What is done with a packet that has its verdict, whether its connection keeps it or not. */
const ends = (
  { refuse }: VerdictChains,
  { clear }: ReturnType<typeof marking>,
): { readonly [D in FirewallVerdict]: readonly Clause[] } => ({
  accept: [clear, accept()],
  drop: [drop()],
  // An answer may take over the mark (sysctl fwmark_reflect).
  reject: [clear, goto(refuse)],
})

/**
 * The rules of an epoch for packets that bring a verdict. One of this epoch becomes the connection's, in its mark; one of an older epoch counts
 * for its packet alone.
 */
export function settling(chains: VerdictChains, marks: MarkBits, epoch: number): readonly Rule[] {
  const { settle, dropped, rejected } = chains
  const mark = marking(marks)
  const end = ends(chains, mark)
  const is = (value: number) => meta.mark.masked(marks.mask).is(value)
  const keeping = (decided: FirewallVerdict, ...then: readonly Clause[]) => {
    const value = marks.of(decided, epoch)
    return settle.rule(is(value), mark.save(value), ...then)
  }
  const late = (decided: FirewallVerdict) =>
    settle.rule(meta.mark.masked(marks.verdictMask).is(marks.verdict(decided)), ...end[decided])
  return [
    keeping('accept', ...end.accept),
    keeping('drop', goto(dropped)),
    keeping('reject', mark.clear, goto(rejected)),
    settle.rule(is(marks.open), mark.save(marks.open), ...end.accept),
    late('accept'),
    late('reject'),
    settle.rule(drop()),
  ]
}

/** What connections come to that were judged under an epoch. */
export const cachedBy = ({ cached, held }: VerdictChains, marks: MarkBits, epoch: number) =>
  firewallVerdicts.map((verdict) => cached.element(marks.of(verdict, epoch), goto(held[verdict])))
