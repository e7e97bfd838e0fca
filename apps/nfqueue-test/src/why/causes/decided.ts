import { copyMode } from '@nfkit/netlink-codec/nfqueue'
import type { QueueStatus } from '@nfkit/nfqueue'
import type { PathOutcome, TraceStep } from '@nfkit/nftables'
import { NetlinkSockets } from '../../doctor/netlink-socket.ts'
import { type Cause, cause, type Evidence } from '../cause.ts'
import { otherNamespaces } from '../namespaces.ts'
import { ruleText, stepText } from '../words.ts'

type Outcome<K extends PathOutcome['kind']> = Extract<PathOutcome, { kind: K }>

/** What a rule, or a policy, decided. */
export function dropped({ step }: Outcome<'dropped'>, { path, feeders }: Evidence): Cause {
  if (step.kind === 'policy')
    return cause(
      'policy',
      `dropped by ${stepText(step)}`,
      'no rule of the chain accepted it: add one, or accept by policy',
    )
  const base = baseOf(step, path.steps)
  const later = feeders.find(({ at }) =>
    at.some((chain) => chain.base!.hook === base?.hook && chain.base!.priority > base.priority),
  )
  if (later)
    return cause(
      'priority',
      `dropped by ${stepText(step)}, whose chain has the priority ${base!.priority}, before it came to ${ruleText(later.rule)} (priority ${later.at[0]!.base!.priority})`,
      'give the chain that queues a lower priority: the lower ones come first',
    )
  return cause(
    'drop',
    `dropped by ${stepText(step)}`,
    'take the rule out, or let one that accepts or queues stand in front of it',
  )
}

/** The base chain a step is below. */
function baseOf(step: TraceStep, steps: readonly TraceStep[]): TraceStep['base'] {
  return steps.slice(0, steps.indexOf(step) + 1).findLast(({ base }) => base !== undefined)?.base
}

/** What became of it in a queue. */
export function queued({ step, queue }: Outcome<'queued'>, { queues, queuesBefore }: Evidence): Cause {
  const status = queues.find((one) => one.queue === queue)
  const by = stepText(step)
  if (status === undefined) return unread(queue, by)
  const owner = new NetlinkSockets().who(status.portId)
  if (status.copyMode === copyMode.none)
    return cause(
      'half configured',
      `dropped: queue ${queue}, where ${by} sent it, copies nothing`,
      `${owner} is half configured: it never said how much to copy`,
    )
  if (lossesOf(status) > lossesOf(queuesBefore.find((one) => one.queue === queue)))
    return cause(
      'queue full',
      `dropped: queue ${queue}, where ${by} sent it, was full, or its program reads too slowly`,
      'its program must judge faster, let more wait (--max-length), or let the rest pass (--fail-open)',
    )
  if (status.waiting > 0)
    return cause(
      'waiting',
      `it waits in queue ${queue}, where ${by} sent it: ${status.waiting} packets wait for ${owner}`,
      'that program has not judged them: it is stopped, slow, or waits for a packet that it must judge itself',
    )
  return cause(
    'verdict',
    `dropped by the program behind queue ${queue} (${owner}), where ${by} sent it`,
    'ask that program: its verdict is not told by the kernel',
  )
}

const lossesOf = (status: QueueStatus | undefined): number => (status?.queueDropped ?? 0) + (status?.socketDropped ?? 0)

function unread(queue: number, by: string): Cause {
  const elsewhere = otherNamespaces().find(({ queues }) => queues.some((one) => one.queue === queue))
  if (elsewhere)
    return cause(
      'namespace',
      `dropped: ${by} sent it to queue ${queue}, which is read in another network namespace (${elsewhere.path}) and not here`,
      `open the queue in this namespace: a queue belongs to the one its socket was opened in`,
    )
  return cause(
    'unread',
    `dropped: ${by} sent it to queue ${queue}, which no program reads`,
    'start the reader, or add --queue-bypass (nft: flags bypass), with which packets pass meanwhile',
  )
}
