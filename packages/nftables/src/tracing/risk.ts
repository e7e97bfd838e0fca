import type { QueueStatus } from '@nfkit/netlink-codec/nfqueue'
import type { Expression } from '@nfkit/netlink-codec/nftables'
import type { Ruleset } from '../reading/listing.ts'
import { baseChainsOf } from '../reading/reach.ts'
import type { Clause } from '../statements/statement.ts'
import type { Chain } from '../values/chain.ts'

/** What a trace can do to packets that wait in a queue of the namespace. */
export interface TraceRisk {
  /**
   * `judged twice`: they wait at a hook where the trace puts a chain in front, and come back to the queue once they are accepted; the trace does
   * not begin while packets wait there. `lost`: hooks go while they wait, if the program ends before the trace's hooks are gone; the kernel
   * then drops them.
   */
  readonly effect: 'judged twice' | 'lost'
  /** Number of the queue. */
  readonly queue: number
  /** Packets that waited in it when the ruleset was read. */
  readonly waiting: number
  /** The same for people, in a sentence. */
  readonly text: string
}

/** The risks of putting chains in front of all others at these hooks. */
export function risksOf(
  queues: readonly QueueStatus[],
  ruleset: Ruleset,
  hooks: readonly string[],
): readonly TraceRisk[] {
  const feeders = feedersOf(ruleset)
  return queues.flatMap(({ queue, waiting }) => {
    const feeding = feeders.filter(({ from, to }) => from <= queue && queue <= to)
    const twice = feeding.filter(({ at }) => at.some(({ base }) => hooks.includes(base!.hook)))
    const risks: TraceRisk[] = [
      {
        effect: 'lost',
        queue,
        waiting,
        text: `queue ${queue}: packets that wait in it are dropped if this program ends, or is killed, before the hooks of the trace are gone`,
      },
    ]
    // No rule that could be read feeds it: one of iptables-legacy, say, may at any hook.
    if (feeding.length > 0 && twice.length === 0) return risks
    const where = twice.length === 0 ? 'rules that cannot be read feed it' : `fed at ${namesOf(twice)}`
    const text = `queue ${queue}: packets that wait in it when the trace begins are judged twice (${where})`
    return [{ effect: 'judged twice', queue, waiting, text }, ...risks]
  })
}

interface Feeder {
  readonly from: number
  readonly to: number
  /** The base chains that lead to it. */
  readonly at: readonly Chain[]
}

const namesOf = (feeders: readonly Feeder[]): string =>
  [
    ...new Set(feeders.flatMap(({ at }) => at.map(({ table, name, base }) => `${base!.hook} by ${table} ${name}`))),
  ].join()

/** The rules that hand packets to queues, and the base chains that lead to each. */
function feedersOf({ tables }: Ruleset): readonly Feeder[] {
  return tables.flatMap((listed) =>
    listed.chains.flatMap(({ chain, rules }) => {
      const ranges = rules.flatMap(({ body }) => body.flatMap(queuesIn))
      return ranges.length === 0 ? [] : ranges.map((range) => ({ ...range, at: baseChainsOf(listed, chain.name) }))
    }),
  )
}

/** The queues a statement may hand packets to. */
function queuesIn(clause: Clause): readonly { readonly from: number; readonly to: number }[] {
  if (clause.kind === 'queue') return [clause]
  return clause.kind === 'expression' && isQueueing(clause.expression) ? [{ from: 0, to: 0xffff }] : []
}

const isQueueing = ({ name, data }: Expression): boolean =>
  name === 'queue' || (name === 'target' && (data as { readonly name?: string } | undefined)?.name === 'NFQUEUE')
