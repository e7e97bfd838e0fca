import { decode, type Message } from '@nfkit/netlink-codec'
import { conntrackMessage, type StatsCpu, statsCpu, statsGlobal } from '@nfkit/netlink-codec/conntrack'
import { netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { entries, type Requests } from '@nfkit/netlink-transport'
import { requestOf } from '../message.ts'

/** The table as a whole. */
export interface TableCount {
  /** Entries, dying ones included. */
  readonly entries: number
  /** The most there may be; since Linux 4.19. */
  readonly maxEntries: number | undefined
}

/** One processor's counters since the kernel started; a counter the kernel does not have is `undefined`. */
export type ProcessorStatistics = Omit<StatsCpu, 'unknown'> & {
  /** Number of the processor. */
  readonly processor: number
}

/** Counters of the table and of each processor. */
export interface TableStatistics extends TableCount {
  /** One entry for each processor, in the kernel's order. */
  readonly processors: readonly ProcessorStatistics[]
}

export async function tableCount(requests: Requests): Promise<TableCount> {
  const [answer] = await requests.request(requestOf(conntrackMessage.getStats, 0, 0))
  const attrs = answer && netfilterOf(answer).attrs
  return { entries: attrs?.get(statsGlobal.rows.entries) ?? 0, maxEntries: attrs?.get(statsGlobal.rows.maxEntries) }
}

export async function tableStatistics(requests: Requests): Promise<TableStatistics> {
  const [count, processors] = await Promise.all([tableCount(requests), processorStatistics(requests)])
  return { ...count, processors }
}

async function processorStatistics(requests: Requests): Promise<ProcessorStatistics[]> {
  const processors: ProcessorStatistics[] = []
  for await (const message of entries(requests, requestOf(conntrackMessage.getStatsCpu, 0, 0)))
    processors.push(statisticsOf(message))
  return processors
}

function statisticsOf(message: Message): ProcessorStatistics {
  const { bytes, start, end } = netfilterOf(message).attrs
  const { unknown: _, ...counters } = decode(statsCpu, bytes, start, end)
  return { processor: netfilterOf(message).resourceId, ...counters }
}
