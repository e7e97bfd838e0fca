import { firewallIn } from '@nfkit/firewall'
import { openMnl } from '@nfkit/mnl-native'
import { parseQueueStatus, type QueueStatus, queueStatusPath } from '@nfkit/nfqueue'
import { type Nftables, openNftables, type TracedPath, type TraceEnd, type TraceRisk } from '@nfkit/nftables'
import { kernelFile } from '../doctor/kernel-file.ts'
import { holdWhilePacketsWait } from '../rule/hold.ts'
import type { Cause, Evidence } from './cause.ts'
import { delivered, sent } from './causes/arrived.ts'
import { dropped, queued } from './causes/decided.ts'
import { ruled } from './causes/firewall.ts'
import { vanished } from './causes/lost.ts'
import { unjudged } from './causes/missed.ts'
import { unseen } from './causes/unseen.ts'
import { feedersOf } from './feeder.ts'
import { headerOf, type TracedHeader } from './header.ts'
import { Host } from './host.ts'
import type { Subject } from './subject.ts'

/** How long packets are looked for, and how many. */
export interface WhyOptions {
  readonly seconds: number
  readonly packets: number
  readonly signal?: AbortSignal | undefined
  /** Before anything is changed. */
  readonly risks?: (risks: readonly TraceRisk[]) => void
  /** From now on packets are followed. */
  readonly ready?: () => void
  /** How long the hooks wait for a moment without packets in queues, to come and to go. */
  readonly patienceMilliseconds?: number | undefined
  /** They wait for one, in order to go. */
  readonly waiting?: () => void
  /** There was none: a process holds their table, which is empty, until there is. */
  readonly held?: (process: number) => void
}

/** What is found: the way of a packet, or that none came. What decided comes first. */
export type Answer =
  | {
      readonly kind: 'path'
      readonly path: TracedPath
      readonly header: TracedHeader
      readonly causes: readonly Cause[]
    }
  | { readonly kind: 'unseen'; readonly causes: readonly Cause[] }

/** Rules that are asked about, at most: each condition of each is a rule of the trace. */
const mostAsked = 64

/** The ways of packets, and why they are so. Throws `UserError`, and what the kernel refuses. */
export async function* why(subject: Subject, options: WhyOptions): AsyncGenerator<Answer> {
  const transport = openMnl()
  await using nft = await openNftables(transport)
  // Also where the program ends before the trace does.
  const hold = () => holdWhilePacketsWait(transport.fd)
  process.once('exit', hold)
  try {
    const { hooks } = yield* traced(nft, subject, options)
    const holder = hooks === 'left' ? hold() : undefined
    if (holder !== undefined) options.held?.(holder)
  } finally {
    process.off('exit', hold)
  }
}

async function* traced(
  nft: Nftables,
  { conditions, destination }: Subject,
  options: WhyOptions,
): AsyncGenerator<Answer, TraceEnd> {
  const { seconds, packets, signal } = options
  const ruleset = await nft.list()
  const firewalls = ruleset.tables.flatMap((table) => firewallIn(table) ?? [])
  const isFirewalls = (table: string) => firewalls.some(({ name }) => name === table)
  const feeders = feedersOf(ruleset).filter(({ table }) => table.family !== 'inet' || !isFirewalls(table.name))
  const host = new Host()
  const queuesBefore = queuesNow()
  await using trace = await nft.trace(conditions, {
    packets,
    durationMilliseconds: 1000 * seconds,
    asked: feeders.slice(0, mostAsked).map(({ rule }) => rule),
    patienceMilliseconds: options.patienceMilliseconds,
    signal,
  })
  options.risks?.(trace.risks)
  await trace.begin()
  options.ready?.()
  let count = 0
  for await (const path of trace) {
    count++
    const header = headerOf(path.packet)
    const evidence = { path, header, ruleset, firewalls, feeders, queuesBefore, queues: queuesNow(), host }
    yield { kind: 'path', path, header, causes: await causesOf(evidence) }
  }
  const late = setTimeout(() => options.waiting?.(), 1_000)
  trace.ended.finally(() => clearTimeout(late)).catch(() => {})
  if (count === 0 && !signal?.aborted) yield { kind: 'unseen', causes: [unseen(destination, host, seconds)] }
  return trace.ended
}

async function causesOf(evidence: Evidence): Promise<readonly Cause[]> {
  const { path, firewalls } = evidence
  const { outcome } = path
  const words = ruled(evidence)
  switch (outcome.kind) {
    case 'dropped':
      return firewalls.some(({ name }) => name === outcome.step.table) ? words : [dropped(outcome, evidence), ...words]
    case 'queued':
      return [queued(outcome, evidence), ...words]
    case 'vanished':
      return [vanished(outcome, evidence), ...words]
    case 'delivered':
      return [...words, ...unjudged(evidence), ...(await delivered(evidence))]
    case 'sent':
      return [...words, ...unjudged(evidence), ...sent(evidence)]
    default:
      return outcome satisfies never
  }
}

const queuesNow = (): readonly QueueStatus[] => parseQueueStatus(kernelFile(queueStatusPath))
