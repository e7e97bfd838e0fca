import type { FirewallVerdict } from '../marks.ts'
import type { NamesStats } from '../names/counts.ts'

/** What a firewall has seen and decided since it was opened. */
export interface FirewallStats {
  /** Packets that came to user space. */
  readonly packets: number
  /** Connections judged, by verdict; one that is judged again counts again. */
  readonly judged: { readonly [verdict in FirewallVerdict]: number }
  /** Packets of connections that were decided already: they were on their way when the verdict was given, or no mark could be kept. */
  readonly remembered: number
  /** Packets left to `onUnjudged`: the judge failed, or too many waited. */
  readonly unjudged: number
  /** Answers that came too late: the policy had changed meanwhile, and the judge was asked again. */
  readonly outdated: number
  /** Connections whose judge has not answered yet. */
  readonly undecided: number
  /** What was heard of listed names; `undefined` without the option `names`. */
  readonly names?: NamesStats | undefined
}

/** The counters behind `FirewallStats`. */
export class Counts {
  packets = 0
  readonly judged = { accept: 0, drop: 0, reject: 0 }
  remembered = 0
  unjudged = 0
  outdated = 0

  /** As they are now. */
  snapshot(undecided: number, names: NamesStats | undefined): FirewallStats {
    const { packets, judged, remembered, unjudged, outdated } = this
    return { packets, judged: { ...judged }, remembered, unjudged, outdated, undecided, names }
  }
}
