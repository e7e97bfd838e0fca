import type { FlowFilter } from '@nfkit/conntrack'
import type { Queue } from '@nfkit/nfqueue'
import type { Tell } from '../events.ts'
import { Bench } from '../judging/bench.ts'
import { hostOf } from '../judging/breaking-off/sockets.ts'
import { Listed } from '../listed.ts'
import { Names } from '../names/names.ts'
import { Register } from '../names/register.ts'
import type { FirewallSettings } from '../options.ts'
import { PolicyChange } from '../policy/change.ts'
import { EpochNumbers } from '../policy/epochs.ts'
import { Sweep } from '../policy/sweep.ts'
import { Layout } from '../rules/layout.ts'
import type { Sockets } from './closing.ts'

/** What a firewall is made of. */
export interface Assembly {
  readonly layout: Layout
  readonly numbers: EpochNumbers
  readonly sweep: Sweep
  readonly bench: Bench
  readonly change: PolicyChange
  readonly listed: Listed
  readonly names: Names | undefined
}

/** What its parts need of a firewall. */
export interface AssemblyTerms {
  readonly settings: FirewallSettings
  readonly sockets: Sockets
  /** Whether the rules go with the program. */
  readonly owner: boolean
  readonly tell: Tell
  readonly reconsider: (filter?: FlowFilter) => Promise<unknown>
  readonly isClosing: () => boolean
}

/** Returns the parts of a firewall, which know each other; nothing is in the kernel yet. */
export function assemble(terms: AssemblyTerms): Assembly {
  const { settings, sockets, owner, tell, reconsider } = terms
  const { nft, table } = sockets
  const trouble = (error: Error) => tell('trouble', [error])
  const bypass = settings.absent === 'accept' || settings.confirmWithinSeconds !== undefined
  const layout = layoutOf(settings, owner, bypass)
  const numbers = new EpochNumbers(settings.marks.epochs, settings.estate?.epochs)
  const sweep = new Sweep(table, settings.marks)
  const bench = new Bench({
    ...settings,
    ...hostOf(sockets.sockets),
    limits: settings,
    epoch: () => numbers.current,
    send: () => sockets.queue.flush(),
    decided: (judged) => tell('judged', [judged]),
    failed: (failure) => tell('failed', [failure]),
    trouble,
  })
  const change = new PolicyChange({ nft, layout, numbers, sweep, begun: () => bench.reconsider(), trouble })
  const { deadlineMilliseconds } = settings
  const register = layout.names && new Register(nft, layout.names, settings.names!.addresses, deadlineMilliseconds)
  const names =
    register &&
    new Names({
      register,
      settings: settings.names!,
      resolved: (resolved) => tell('resolved', [resolved]),
      unresolved: (unresolved) => tell('unresolved', [unresolved]),
      trouble,
    })
  const listed = new Listed({ nft, layout, register, reconsider })
  const { queue, dns } = sockets
  for (const one of dns ? [queue, dns] : [queue]) hear(one, terms)
  dns?.on('passed', () => names?.missed())
  // An answer that waits too long is told of where the kernel's silence is.
  dns?.on('unjudged', () => {})
  return { layout, numbers, sweep, bench, change, listed, names }
}

/** The rules of a firewall; with `bypass`, packets pass while no program judges. */
export function layoutOf(settings: FirewallSettings, owner: boolean, bypass: boolean): Layout {
  return new Layout({ ...settings, owner, bypass, judgesLoopback: settings.loopback === 'judge' })
}

function hear(queue: Queue, { tell, isClosing }: AssemblyTerms): void {
  // What was asked of a packet is answered no more where its queue is being closed, and the kernel decides on it, whatever is said.
  queue.on('trouble', (error) => isClosing() || tell('trouble', [error]))
  queue.on('verdictError', (error) => isClosing() || tell('trouble', [error]))
  queue.on('warning', (text) => tell('warning', [text]))
}
